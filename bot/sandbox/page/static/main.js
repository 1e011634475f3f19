// Starts the page: who one is, what is drawn when something changes, and live updates.

import { leaveConversation, showConversation } from "./conversation.js";
import { showCustomer } from "./customer.js";
import { toast } from "./dialogs.js";
import { byId } from "./dom.js";
import { startModals } from "./modal.js";
import { showOutside, startOutside } from "./outside.js";
import { showPane, startPanes } from "./panes.js";
import { firstPlace, showSidebar } from "./sidebar.js";
import { become, CUSTOMER, refresh, state, subscribe } from "./store.js";
import { word } from "./words.js";

const STORY_SEEN = "overture-story-seen";
const toastsSeen = new Map();

function draw() {
  if (state.screen && state.me !== CUSTOMER && !state.place) state.place = firstPlace(state.screen);
  showSidebar();
  showOutside();
  showToasts();
  if (state.me === CUSTOMER) {
    leaveConversation();
    if (state.world) showCustomer();
  } else if (state.screen) showConversation();
}

/** Show what Slack has told this person since the page first looked. */
function showToasts() {
  if (!state.screen) return;
  const { toasts } = state.screen;
  const seen = toastsSeen.get(state.me) ?? toasts.length;
  for (const { text } of toasts.slice(seen)) toast(text, word("slack_says"));
  toastsSeen.set(state.me, toasts.length);
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => connection("connected"));
  events.addEventListener("error", () => connection("disconnected"));
  events.addEventListener("change", ({ data }) => {
    const names = new Set(data.split(" "));
    if (names.has("slack")) refresh.slack();
    if (names.has("world") || names.has("clock")) refresh.world();
    if (byId("traffic-panel").open) refresh.traffic();
  });
}

function connection(name) {
  const node = byId("connection");
  node.textContent = word(name);
  node.className = name;
}

function startStory() {
  const story = byId("story");
  story.open = !sessionStorage.getItem(STORY_SEEN);
  sessionStorage.setItem(STORY_SEEN, "yes");
  for (const step of story.querySelectorAll("[data-be]")) {
    step.addEventListener("click", () => {
      become(idOf(step.dataset.be));
      showPane("main");
    });
  }
}

const idOf = (name) =>
  name === CUSTOMER ? CUSTOMER : Object.entries(state.people.users).find(([, user]) => user.name === name)[0];

/** Keep the address in step with who one is, so that a reload starts there. */
function showAddress() {
  const name = state.me === CUSTOMER ? CUSTOMER : state.people?.users[state.me]?.name;
  if (!name) return;
  const address = new URL(location);
  address.searchParams.set("as", name);
  history.replaceState(null, "", address);
}

startModals();
startOutside();
startStory();
startPanes();
subscribe(draw);
subscribe(showAddress);
listen();
