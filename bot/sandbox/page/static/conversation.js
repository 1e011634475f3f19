// The middle of the page for people in Slack: a conversation, or the app's Home.

import { blocks } from "./blocks.js";
import { composer, type } from "./composer.js";
import { refused } from "./dialogs.js";
import { button, byId, el, icon, restoreFocus } from "./dom.js";
import { showMessages } from "./messages.js";
import { app, avatar } from "./people.js";
import { actInSlack, change, onStartOver, state } from "./store.js";
import { word } from "./words.js";

const NEAR_BOTTOM_PX = 80;
const FIRST_COMMAND = "/invite-customer fabrikam.com";
const main = byId("main");
let drawn = "";
let homeDrawn = "";

/** Show the place one is at. */
export function showConversation() {
  const { screen, place } = state;
  const there = screen.places.find((each) => each.id === place);
  const frame = JSON.stringify([state.me, place]);
  if (frame !== drawn) {
    drawn = frame;
    homeDrawn = "";
    main.className = "conversation";
    main.dataset.shows = there?.name ?? "home";
    main.replaceChildren(...(there ? conversation(there) : home()));
  }
  if (there) update(there);
  else updateHome();
}

/** Forget what was drawn: something else is in the middle of the page now. */
export function leaveConversation() {
  drawn = "";
}

onStartOver(leaveConversation);

function conversation(place) {
  const name = place.is_direct ? tabs("messages", place.id) : el("h2", {}, icon(place.is_private ? "lock" : "hash"), place.name);
  const note = !place.has_app && el("span", { class: "note" }, word("app_not_here"));
  const list = el("ol", { class: "messages" });
  const label = place.is_direct ? app().real_name : place.name;
  const onscroll = ({ currentTarget }) => (currentTarget.dataset.end = isNearEnd(currentTarget) ? "yes" : "no");
  const log = el("div", { class: "log", id: "messages", role: "log", tabindex: "0", "aria-label": label, onscroll }, nothingYet(place), list);
  staying.disconnect();
  staying.observe(log);
  return [el("header", { class: "place-head" }, name, note), log, composer(place)];
}

/** Return what stands in a conversation nobody has said anything in. */
function nothingYet(place) {
  const begin = () => type(main.querySelector(".composer input"), FIRST_COMMAND);
  const hello = word("hello", { name: state.screen.users[state.me].real_name.split(" ")[0] });
  return el(
    "div",
    { class: "empty" },
    avatar(state.people.app, app()),
    el("h3", {}, place.is_direct ? hello : word("nothing_here")),
    place.has_app && el("p", {}, word("nothing_here_hint")),
    place.has_app && button(FIRST_COMMAND, begin, { class: "begin" }),
  );
}

// What is said last stays in sight when the room for it changes, unless somebody reads further up.
const staying = new ResizeObserver(([{ target }]) => target.dataset.end === "yes" && toEnd(target));
const toEnd = (log) => (log.scrollTop = log.scrollHeight);
const isNearEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_BOTTOM_PX;

function update(place) {
  const log = byId("messages");
  const list = log.querySelector("ol");
  const isAtEnd = isNearEnd(log);
  const isFirst = !list.hasChildNodes();
  showMessages(list, place);
  log.querySelector(".empty").hidden = place.messages.length > 0;
  if (isFirst || isAtEnd) toEnd(log);
}

/** Return the app's two tabs; `direct` is the conversation with it. */
function tabs(current, direct) {
  const tab = (label, place, isCurrent) =>
    button(label, () => change({ place }), { class: "tab", "aria-current": isCurrent ? "page" : undefined });
  return el(
    "div",
    { class: "tabs" },
    avatar(state.people.app, app()),
    el("h2", {}, app().real_name),
    tab(word("home"), "home", current === "home"),
    tab(word("messages_with"), direct, current === "messages"),
  );
}

function home() {
  actInSlack({ act: "open_home" }).catch(refused);
  const direct = state.screen.places.find((place) => place.is_direct).id;
  const body = el("div", { class: "home", id: "home", tabindex: "0", role: "region", "aria-label": word("home") });
  return [el("header", { class: "place-head" }, tabs("home", direct)), body];
}

function updateHome() {
  const view = state.screen.home;
  const version = view ? view.hash : "none";
  if (version === homeDrawn) return;
  homeDrawn = version;
  const host = byId("home");
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const context = view && { surface: { view: view.id }, values: view.values };
  const nothing = () => [el("p", { class: "hint" }, word("no_home"))];
  host.replaceChildren(...(view ? blocks(view.body.blocks, context) : nothing()));
  if (focused) restoreFocus(host, focused);
}
