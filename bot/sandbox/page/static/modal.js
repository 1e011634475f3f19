// The stack of modals; the one on top is shown over the conversation. The rest of the page stays usable, as the
// rest of the desktop does beside Slack.

import { blocks } from "./blocks.js";
import { refused } from "./dialogs.js";
import { button, byId, el, icon, restoreFocus } from "./dom.js";
import { flush } from "./fields.js";
import { actInSlack, refresh, subscribe } from "./store.js";
import { word } from "./words.js";

const FIRST_FIELD = "[autofocus], .modal-body input, .modal-body textarea, .modal-body select";
const dialog = byId("modal");
const inner = el("div", { class: "modal-inner" });
let shown = "";
let top = null;

export function startModals() {
  dialog.append(inner);
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close(false);
  });
  subscribe(({ screen }) => show(screen?.views ?? [], screen?.errors ?? {}));
}

function show(views, errors) {
  const version = JSON.stringify([views.map((view) => [view.id, view.hash]), errors]);
  if (version === shown) return;
  shown = version;
  const before = top;
  top = views.at(-1) ?? null;
  if (top) draw(views, errors, isSameStep(before, top));
  else dialog.close();
  byId("main").inert = Boolean(top);
}

/** Whether the view is the one that was shown, and not the next step in its place. */
function isSameStep(before, after) {
  return before?.id === after.id && before.body.callback_id === after.body.callback_id;
}

function draw(views, errors, isSame) {
  const focused = document.activeElement?.dataset.focus;
  const scrolled = inner.querySelector(".modal-body")?.scrollTop ?? 0;
  inner.dataset.depth = String(views.length);
  inner.replaceChildren(modal(views, errors));
  dialog.setAttribute("aria-labelledby", "modal-title");
  dialog.dataset.view = top.body.callback_id ?? "";
  if (!dialog.open) dialog.show();
  if (isSame) inner.querySelector(".modal-body").scrollTop = scrolled;
  settleFocus(isSame ? focused : undefined);
}

/** Focus what is wrong, else what had the focus, else the first field when it is in sight, else the title. */
function settleFocus(key) {
  const wrong = inner.querySelector("[aria-invalid=true]");
  if (wrong) return wrong.focus();
  if (key && restoreFocus(inner, key)) return undefined;
  const field = inner.querySelector(FIRST_FIELD);
  const isInSight = field && field.getBoundingClientRect().bottom < inner.querySelector(".modal-foot").getBoundingClientRect().top;
  return (isInSight ? field : inner.querySelector("h2")).focus({ preventScroll: true });
}

function modal(views, errors) {
  const { body } = top;
  const context = { surface: { view: top.id }, values: top.values, errors };
  const shownBlocks = body.blocks.length ? blocks(body.blocks, context) : el("p", { class: "hint" }, "…");
  const below = views.slice(0, -1).map((view) => el("span", {}, view.body.title?.text ?? ""));
  return el(
    "form",
    { method: "dialog", novalidate: true, onsubmit: submit },
    el(
      "div",
      { class: "modal-head" },
      below.length > 0 && button(icon("left"), () => close(false), { class: "quiet", "aria-label": word("back"), title: word("back") }),
      el("div", { class: "modal-names" }, below.length > 0 && el("p", { class: "below" }, below), el("h2", { id: "modal-title", tabindex: "-1" }, body.title?.text ?? "")),
      button(icon("close"), () => close(true), { class: "quiet", "aria-label": word("close_all"), title: word("close_all") }),
    ),
    el("div", { class: "modal-body", tabindex: "-1" }, shownBlocks),
    el(
      "div",
      { class: "modal-foot" },
      button(body.close?.text ?? word("close"), () => close(false)),
      body.submit && el("button", { type: "submit", class: "primary", disabled: body.submit_disabled === true }, body.submit.text),
    ),
  );
}

async function submit(event) {
  event.preventDefault();
  const pressed = inner.querySelector("button[type=submit]");
  if (!pressed || pressed.getAttribute("aria-busy") === "true") return;
  pressed.setAttribute("aria-busy", "true");
  inner.classList.add("waiting");
  flush();
  await actInSlack({ act: "submit", view: top.id }).catch(refused);
  inner.classList.remove("waiting");
  pressed.removeAttribute("aria-busy");
  await refresh.slack();
  inner.querySelector("[aria-invalid=true]")?.focus();
}

function close(everything) {
  flush();
  actInSlack({ act: "close", view: top.id, everything }).catch(refused);
}
