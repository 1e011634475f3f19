// The sandbox's time, and the ways to let it pass.

import { format, now } from "./dates.js";
import { refused } from "./dialogs.js";
import { byId } from "./dom.js";
import { post, state } from "./store.js";
import { word } from "./words.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const SECOND_MS = 1000;
const FULL = { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" };

export function startClock() {
  for (const jump of byId("jumps").children) jump.addEventListener("click", () => letTimePass(jump));
  setInterval(showClock, SECOND_MS);
}

export function showClock() {
  if (!state.world) return;
  const text = format(now(), FULL);
  for (const id of ["clock", "top-clock"]) {
    if (byId(id).textContent !== text) byId(id).textContent = text;
    byId(id).dateTime = now().toISOString();
  }
  byId("ahead").textContent = aheadWords(state.world.ahead_seconds);
}

function aheadWords(seconds) {
  if (seconds < HOUR) return "";
  if (seconds < DAY) return word("ahead_hours", { hours: Math.round(seconds / HOUR) });
  const days = Math.round(seconds / DAY);
  return days === 1 ? word("ahead_day") : word("ahead", { days });
}

async function letTimePass(jump) {
  const all = [...byId("jumps").children];
  for (const each of all) each.disabled = true;
  jump.setAttribute("aria-busy", "true");
  byId("said").textContent = word("time_passes");
  await post("/api/clock", { by: jump.dataset.by }).catch(refused);
  byId("said").textContent = byId("clock").textContent;
  jump.removeAttribute("aria-busy");
  for (const each of all) each.disabled = false;
  jump.focus();
}
