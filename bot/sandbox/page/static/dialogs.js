// Small dialogs of the page itself.

import { byId, button, el, icon } from "./dom.js";
import { text } from "./mrkdwn.js";
import { word } from "./words.js";

const SHOWN_MS = 9000;

/**
 * Show a dialog. `buttons(close)` returns its buttons; `onclose` hears when it is gone, however that came;
 * `kind` is `small` or `large`.
 */
export function openDialog(title, body, buttons, { onclose = () => {}, kind = "small" } = {}) {
  const dialog = el("dialog", { class: `plain-dialog ${kind}`, "aria-label": title });
  const close = () => dialog.close();
  const away = button(icon("close"), close, { class: "quiet", "aria-label": word("close"), title: word("close") });
  dialog.append(
    el("div", { class: "dialog-head" }, el("h2", {}, title), away),
    el("div", { class: "dialog-body" }, body),
    el("div", { class: "dialog-buttons" }, buttons(close)),
  );
  dialog.addEventListener("close", () => {
    keepToasts(dialog);
    dialog.remove();
    onclose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return close;
}

/** Ask a yes-or-no question; resolve with whether it was yes. */
export function ask({ title, body, yes, no = word("cancel"), danger = false }) {
  return new Promise((resolve) => {
    let answer = false;
    const buttons = (close) => [
      button(no, close),
      button(yes, () => {
        answer = true;
        close();
      }, { class: danger ? "danger" : "primary", autofocus: true }),
    ];
    openDialog(title, body, buttons, { onclose: () => resolve(answer) });
  });
}

/** Ask what an element's confirm object asks; undefined when there is none. */
export async function confirmed(element) {
  const dialog = element.confirm;
  if (!dialog) return undefined;
  return ask({
    title: dialog.title.text,
    body: el("p", {}, text(dialog.text)),
    yes: dialog.confirm.text,
    no: dialog.deny.text,
    danger: dialog.style === "danger",
  });
}

/** Show a short notice for a while. `from` says who speaks. */
export function toast(message, from, kind = "problem") {
  const node = el("div", { class: `toast ${kind}` }, el("div", {}, el("b", {}, from), el("span", {}, message)));
  node.append(button(icon("close"), () => node.remove(), { class: "quiet", "aria-label": word("dismiss") }));
  toastHost().append(node);
  setTimeout(() => node.remove(), SHOWN_MS);
}

/** Notices must be above an open modal dialog, which covers everything outside itself. */
function toastHost() {
  const host = byId("toasts");
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);
  const home = open ?? document.body;
  if (host.parentElement !== home) home.append(host);
  return host;
}

/** Take the notices out of a dialog that goes away. */
export function keepToasts(dialog) {
  const host = byId("toasts");
  if (dialog.contains(host)) document.body.append(host);
}

/** Show why something could not be done. */
export const refused = (error) => toast(error.message, word("not_possible"));
