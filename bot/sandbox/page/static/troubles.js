// Switches for what goes wrong, and the bot's own end and new beginning.

import { refused, toast } from "./dialogs.js";
import { byId } from "./dom.js";
import { act, post, state } from "./store.js";
import { word } from "./words.js";

const FINE = new Set(["none", "arrive"]);

export function startTroubles() {
  byId("troubles").addEventListener("change", setTroubles);
  byId("restart").addEventListener("click", restart);
}

export function showTroubles() {
  const { troubles } = state.world;
  for (const [name, value] of Object.entries(troubles)) byId("troubles").elements[name].value = value;
  const wrong = Object.values(troubles).filter((value) => !FINE.has(value)).length;
  byId("troubles-note").textContent = wrong ? word("switched_on", { count: wrong }) : "";
}

function setTroubles() {
  const { slack, microsoft, webhooks } = byId("troubles").elements;
  act("/api/troubles", { slack: slack.value, microsoft: microsoft.value, webhooks: webhooks.value }).catch(refused);
}

async function restart({ currentTarget }) {
  currentTarget.setAttribute("aria-busy", "true");
  try {
    await post("/api/restart", {});
    toast(word("restarted"), "Overture", "good");
  } catch (error) {
    refused(error);
  }
  currentTarget.removeAttribute("aria-busy");
}
