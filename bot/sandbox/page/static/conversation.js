// The middle of the page for people in Slack: a conversation, or the app's Home.

import { blocks } from "./blocks.js";
import { composer } from "./composer.js";
import { refused } from "./dialogs.js";
import { button, byId, el, restoreFocus } from "./dom.js";
import { showMessages } from "./messages.js";
import { actInSlack, change, state } from "./store.js";
import { word } from "./words.js";

const NEAR_BOTTOM_PX = 80;
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
    main.replaceChildren(...(there ? conversation(there) : home()));
  }
  if (there) update(there);
  else updateHome();
}

/** Forget what was drawn: something else is in the middle of the page now. */
export function leaveConversation() {
  drawn = "";
}

function conversation(place) {
  const name = place.is_direct ? tabs("messages", place.id) : el("h2", {}, `#${place.name}`);
  const note = !place.has_app && el("span", { class: "note" }, word("app_not_here"));
  return [
    el("header", { class: "place-head" }, name, note),
    el("ol", { class: "messages", id: "messages", role: "log", tabindex: "0", "aria-label": place.name }),
    composer(place),
  ];
}

function update(place) {
  const list = byId("messages");
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_BOTTOM_PX;
  const isFirst = !list.hasChildNodes();
  showMessages(list, place);
  list.classList.toggle("empty", place.messages.length === 0);
  list.dataset.empty = word("nothing_here");
  if (isFirst || isAtEnd) list.scrollTop = list.scrollHeight;
}

/** Return the app's two tabs; `direct` is the conversation with it. */
function tabs(current, direct) {
  const tab = (label, place, isCurrent) =>
    button(label, () => change({ place }), { class: "tab", "aria-current": isCurrent ? "page" : undefined });
  const app = state.screen.users[state.screen.app];
  return el(
    "div",
    { class: "tabs" },
    el("h2", {}, app.real_name),
    tab(word("home"), "home", current === "home"),
    tab(word("messages_with"), direct, current === "messages"),
  );
}

function home() {
  actInSlack({ act: "open_home" }).catch(refused);
  const direct = state.screen.places.find((place) => place.is_direct).id;
  return [el("header", { class: "place-head" }, tabs("home", direct)), el("div", { class: "home", id: "home", tabindex: "-1" })];
}

function updateHome() {
  const view = state.screen.home;
  const version = view ? view.hash : "none";
  if (version === homeDrawn) return;
  homeDrawn = version;
  const host = byId("home");
  const focused = host.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const context = view && { surface: { view: view.id }, values: view.values };
  host.replaceChildren(...(view ? blocks(view.body.blocks, context) : [el("p", { class: "hint" }, word("no_home"))]));
  if (focused) restoreFocus(host, focused);
}
