// Starts the page: who one is, what is drawn when something changes, and live updates.

import { leaveConversation, showConversation } from "./conversation.js";
import { showCustomer } from "./customer.js";
import { byId } from "./dom.js";
import { startModals } from "./modal.js";
import { showNotices } from "./notices.js";
import { showOutside, startOutside } from "./outside.js";
import { startPanes } from "./panes.js";
import { nameOf } from "./people.js";
import { startPreferences } from "./preferences.js";
import { startRegions } from "./regions.js";
import { firstPlace, showSidebar } from "./sidebar.js";
import { CUSTOMER, refresh, state, subscribe } from "./store.js";
import { startStories } from "./stories.js";
import { startTour } from "./tour.js";
import { word } from "./words.js";

function draw() {
  if (state.screen && state.me !== CUSTOMER && !state.place) state.place = firstPlace(state.screen);
  showSidebar();
  showOutside();
  showNotices();
  if (state.me === CUSTOMER) {
    leaveConversation();
    if (state.world) showCustomer();
  } else if (state.screen) showConversation();
}

/** Follow what changes while somebody looks: a browser allows a host six connections, all its tabs together. */
function listen() {
  let events;
  const follow = () => {
    events?.close();
    events = document.hidden ? undefined : changes();
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

/** Return a stream of changes. It begins by naming everything: what was missed is shown at once. */
function changes() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => connection("connected"));
  events.addEventListener("error", () => connection("disconnected"));
  events.addEventListener("change", ({ data }) => {
    const names = new Set(data.split(" "));
    if (names.has("slack")) refresh.slack();
    if (names.has("world") || names.has("clock")) refresh.world();
    refresh.tour();
    if (byId("traffic-panel").open) refresh.traffic();
  });
  return events;
}

function connection(name) {
  const node = byId("connection");
  node.textContent = word(name);
  node.className = name;
}

/** Keep the address in step with who one is and what is spoken, so that a reload starts there. */
function showAddress() {
  const name = nameOf(state.me);
  const address = `/?as=${name}&lang=${document.body.dataset.language}`;
  if (name && location.pathname + location.search !== address) history.replaceState(null, "", address);
}

startPreferences();
startModals();
startOutside();
startPanes();
startRegions();
subscribe(draw);
subscribe(showAddress);
startTour();
startStories();
listen();
