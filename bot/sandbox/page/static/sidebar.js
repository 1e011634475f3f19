// Who one is, and where: people and conversations, with what each has not read.

import { button, byId, el, restoreFocus } from "./dom.js";
import { shortcutButtons } from "./composer.js";
import { avatar } from "./messages.js";
import { become, change, CUSTOMER, state } from "./store.js";
import { word } from "./words.js";

const READ = "overture-read";
const read = JSON.parse(sessionStorage.getItem(READ) ?? "{}");
let drawn = "";

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

function readHere(screen) {
  const newest = screen.unread_of[state.me]?.[state.place];
  if (!newest) return;
  read[state.me] = { ...read[state.me], [state.place]: newest };
  sessionStorage.setItem(READ, JSON.stringify(read));
}

function unread(user, newest, place) {
  return (newest?.[place] ?? "") > (read[user]?.[place] ?? "");
}

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
  if (state.screen) {
    byId("places").replaceChildren(...places.map(([place, isNew]) => placeItem(place, isNew)));
    byId("shortcuts").replaceChildren(...shortcutButtons());
  }
  if (focused?.startsWith("side/")) restoreFocus(document.querySelector(".side"), focused);
}

const dot = (isNew) => isNew && el("span", { class: "dot", role: "img", "aria-label": word("unread") });

function person(id, user, isNew) {
  const about = user.is_admin ? word("administrator") : user.is_guest ? word("guest") : "";
  const label = [avatar(id, user), el("span", { class: "name" }, user.real_name, about && el("small", {}, about)), dot(isNew)];
  return el("li", {}, button(label, () => become(id), current(state.me === id, id)));
}

function customer() {
  const mark = el("span", { class: "avatar outside", "aria-hidden": "true" }, "✉");
  const name = el("span", { class: "name" }, word("customer_admin"), el("small", {}, word("customer_hint")));
  return el("li", {}, button([mark, name], () => become(CUSTOMER), current(state.me === CUSTOMER, CUSTOMER)));
}

function placeItem(place, isNew) {
  const name = place.is_direct ? state.people.users[state.people.app].real_name : place.name;
  const mark = el("span", { class: "hash", "aria-hidden": "true" }, place.is_direct ? "◆" : "#");
  const isHere = state.place === place.id || (place.is_direct && state.place === "home");
  const go = () => change({ place: place.id });
  return el("li", {}, button([mark, el("span", { class: "name" }, name), dot(isNew)], go, current(isHere, place.id)));
}

const current = (isCurrent, key) => ({ "aria-current": isCurrent ? "true" : undefined, dataset: { focus: `side/${key}` } });
