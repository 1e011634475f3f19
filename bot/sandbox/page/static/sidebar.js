// Who one is, and where: people and conversations, with what each has not read.

import { become } from "./becoming.js";
import { shortcutButtons } from "./composer.js";
import { button, byId, el, icon, restoreFocus } from "./dom.js";
import { showPane } from "./panes.js";
import { app, avatar } from "./people.js";
import { change, CUSTOMER, onStartOver, state } from "./store.js";
import { hasWord, word } from "./words.js";

const READ = "overture-read";
let read = JSON.parse(sessionStorage.getItem(READ) ?? "{}");
let drawn = "";

onStartOver(() => {
  read = {};
  drawn = "";
  sessionStorage.removeItem(READ);
});

/** Choose a place when none is chosen, note what is being read, and show the lists. */
export function showSidebar() {
  const { me, screen } = state;
  byId("in-slack").hidden = me === CUSTOMER;
  if (screen) readHere(screen);
  if (state.people) draw(state.people);
}

/** Return the place to start at: the first with something new, else the conversation with the app. */
export function firstPlace(screen) {
  const fresh = screen.places.find((place) => unread(state.me, screen.unread_of[state.me], place.id));
  return (fresh ?? screen.places[0]).id;
}

/** Return the conversation in which something was said last. */
export function newestPlace(screen) {
  const newest = Object.entries(screen.unread_of[state.me] ?? {}).sort(([, one], [, other]) => (one < other ? 1 : -1));
  return newest[0]?.[0] ?? screen.places[0]?.id ?? null;
}

function readHere(screen) {
  const newest = screen.unread_of[state.me]?.[state.place];
  if (!newest) return;
  read[state.me] = { ...read[state.me], [state.place]: newest };
  sessionStorage.setItem(READ, JSON.stringify(read));
}

const unread = (user, newest, place) => (newest?.[place] ?? "") > (read[user]?.[place] ?? "");

function draw({ users, unread_of: newest }) {
  const anyUnread = (id) => Object.keys(newest[id] ?? {}).some((place) => unread(id, newest[id], place));
  const people = Object.entries(users).filter(([, user]) => !user.is_bot).map(([id, user]) => [id, user, anyUnread(id)]);
  const places = (state.screen?.places ?? []).map((place) => [place, unread(state.me, newest[state.me], place.id)]);
  const news = [people.map(([id, , isNew]) => [id, isNew]), places.map(([{ id }, isNew]) => [id, isNew])];
  const version = JSON.stringify([state.me, state.place, news]);
  if (version === drawn) return;
  drawn = version;
  const focused = document.activeElement?.dataset.focus;
  byId("people").replaceChildren(...people.map((entry) => person(...entry)), customer());
  if (state.screen) drawPlaces(places);
  if (focused?.startsWith("side/")) restoreFocus(byId("side"), focused);
}

function drawPlaces(places) {
  const direct = places.filter(([place]) => place.is_direct);
  const channels = places.filter(([place]) => !place.is_direct);
  byId("channels").replaceChildren(...channels.map(([place, isNew]) => placeItem(place.id, [place.name, place.name], place.is_private ? "lock" : "hash", isNew)));
  byId("direct").replaceChildren(...direct.map(([place, isNew]) => placeItem(place.id, [app().real_name, "direct"], "chat", isNew)));
  const home = placeItem("home", [word("home_of", { app: app().real_name }), "home"], "home", false);
  byId("apps").replaceChildren(home, ...shortcutButtons());
}

const dot = (isNew) => isNew && el("span", { class: "dot", role: "img", "aria-label": word("unread") });

function about(user) {
  if (hasWord(`about_${user.name}`)) return word(`about_${user.name}`);
  return user.is_admin ? word("administrator") : user.is_guest ? word("guest") : "";
}

function person(id, user, isNew) {
  const name = el("span", { class: "name" }, user.real_name, el("small", {}, about(user)));
  return personItem([avatar(id, user), name, dot(isNew)], id, user.name);
}

function customer() {
  const mark = el("span", { class: "avatar outside" }, icon("mail"));
  const name = el("span", { class: "name" }, word("customer_admin"), el("small", {}, word("customer_hint")));
  return personItem([mark, name], CUSTOMER, CUSTOMER);
}

function personItem(label, id, name) {
  const be = () => {
    become(id);
    showPane("main");
  };
  return el("li", {}, button(label, be, current(state.me === id, id, { person: name })));
}

/** `names` are what people read and what does not change with the language. */
function placeItem(id, [name, key], mark, isNew) {
  const go = () => {
    change({ place: id });
    showPane("main");
  };
  const label = [icon(mark), el("span", { class: "name" }, name), dot(isNew)];
  return el("li", { class: isNew ? "new" : "" }, button(label, go, current(state.place === id, id, { place: key })));
}

const current = (isCurrent, key, dataset) => ({
  "aria-current": isCurrent ? "true" : undefined,
  dataset: { focus: `side/${key}`, ...dataset },
});
