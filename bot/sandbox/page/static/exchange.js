// One request with its headers, its signature and its answer, as they were.

import { moment } from "./dates.js";
import { openDialog } from "./dialogs.js";
import { button, el, icon } from "./dom.js";
import { isBad, wayOf } from "./traffic.js";
import { word } from "./words.js";

export function showExchange(entry) {
  const status = el("span", { class: isBad(entry) ? "code bad" : "code" }, String(entry.status ?? word("no_answer")));
  const body = [
    el("p", { class: "exchange-head" }, el("span", {}, wayOf(entry)), status, el("time", {}, moment(new Date(entry.at)))),
    entry.signature && signature(entry.signature),
    part("headers", entry.headers.map(([name, value]) => `${name}: ${value}`).join("\n")),
    part("request", entry.request),
    part("decoded", entry.decoded),
    part("answer", entry.answer),
  ];
  openDialog(entry.title, body, (close) => [button(word("close"), close, { class: "primary" })], { kind: "large" });
}

function part(name, text) {
  if (!text) return null;
  return el("section", {}, el("h3", {}, word(name)), el("pre", { tabindex: "0", role: "region", "aria-label": word(name) }, text));
}

function signature({ by, value, covers, holds, how }) {
  const rows = [
    [word("signature_value"), value],
    [word(by === "slack" ? "signature_covers" : "signature_certificate"), covers],
    ...(holds ? [] : [[word("signature_kind"), how]]),
  ];
  const said = word(holds ? "signature_holds" : "signature_forged");
  const facts = rows.map(([label, text]) => [el("dt", {}, label), el("dd", {}, text)]);
  return el("section", { class: holds ? "signature" : "signature broken" }, el("p", {}, icon("seal"), said), el("dl", {}, facts));
}
