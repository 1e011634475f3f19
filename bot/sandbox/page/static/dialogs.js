// Small dialogs of the page itself.

import { byId, button, el } from "./dom.js";
import { text } from "./mrkdwn.js";
import { word } from "./words.js";

/** Show a dialog. `buttons(close)` returns its buttons; `onclose` hears when it is gone, however that came. */
export function openDialog(title, body, buttons, onclose = () => {}) {
  const dialog = el("dialog", { class: "small", "aria-label": title });
  const close = () => dialog.close();
  dialog.append(el("h2", {}, title), el("div", { class: "dialog-body" }, body), el("div", { class: "dialog-buttons" }, buttons(close)));
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
    openDialog(title, body, buttons, () => resolve(answer));
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
  const node = el("div", { class: `toast ${kind}` }, el("b", {}, from), el("span", {}, message));
  node.append(button("×", () => node.remove(), { class: "quiet", "aria-label": word("dismiss") }));
  toastHost().append(node);
  setTimeout(() => node.remove(), 9000);
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
