// Beside the conversation: clock, mail, Partner Center, troubles, traffic.

import { showClock, startClock } from "./clock.js";
import { viewer } from "./dates.js";
import { byId } from "./dom.js";
import { showMails, startMails } from "./mails.js";
import { showPartnerCenter } from "./partner_center.js";
import { onStartOver, state } from "./store.js";
import { showTraffic, startTraffic } from "./traffic.js";
import { showTroubles, startTroubles } from "./troubles.js";

const LISTS = ["mails", "customers", "relationships", "traffic"];
let shownTo;

const reader = () => JSON.stringify([state.me, viewer()]);

onStartOver(forAnotherReader);

export function startOutside() {
  startClock();
  startMails();
  startTroubles();
  startTraffic();
}

/** Show what the world is like now. */
export function showOutside() {
  // Nobody can write before it is known who there is.
  byId("write-mail").disabled = !state.people;
  if (!state.world) return;
  if (shownTo !== reader()) forAnotherReader();
  showClock();
  showMails();
  showPartnerCenter();
  showTroubles();
  if (state.traffic) showTraffic();
}

/** Draw everything anew: dates look different to everyone. */
function forAnotherReader() {
  shownTo = reader();
  for (const list of LISTS) byId(list).replaceChildren();
}
