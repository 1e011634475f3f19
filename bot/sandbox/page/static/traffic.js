// What went over the wire, the newest first.

import { format } from "./dates.js";
import { button, byId, el, icon, reconcile } from "./dom.js";
import { item } from "./rows.js";
import { refresh, state } from "./store.js";
import { showExchange } from "./exchange.js";
import { word } from "./words.js";

export const SIDES = {
  app: "Overture",
  slack: "Slack",
  partner_center: "Partner Center",
  graph: "Graph",
  authority: "Entra",
  certificates: "Certificates",
  foreign_certificates: "Certificates",
};

export function startTraffic() {
  byId("traffic-panel").addEventListener("toggle", ({ target }) => target.open && refresh.traffic());
}

export function showTraffic() {
  const counts = new Map();
  const items = state.traffic.map((entry) => {
    const name = `${entry.at}/${entry.way}/${entry.title}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return item(`${name}/${counts.get(name)}`, entry.status, () => row(entry));
  });
  reconcile(byId("traffic"), items);
}

export const isBad = (entry) => entry.status === null || entry.status >= 400;
export const wayOf = (entry) => entry.way.split(">").map((side) => SIDES[side] ?? side).join(" → ");

function row(entry) {
  const clock = format(new Date(entry.at), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const seal = entry.signature && el("span", { class: entry.signature.holds ? "seal" : "seal broken", title: word(entry.signature.holds ? "signature_holds" : "signature_forged") }, icon("seal"));
  const label = [
    el("span", { class: "way" }, wayOf(entry), el("time", {}, clock)),
    el("b", {}, entry.title),
    seal,
    el("span", { class: isBad(entry) ? "code bad" : "code" }, String(entry.status ?? word("no_answer"))),
  ];
  return el("li", {}, button(label, () => showExchange(entry)));
}
