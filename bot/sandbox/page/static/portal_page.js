// The page behind an invitation's link: what is asked for, and the answer.

import { button, el, icon } from "./dom.js";
import { state } from "./store.js";
import { roleNames, word } from "./words.js";

const DAYS_IN_A_YEAR = 365;

function daysOf(duration) {
  const [, number, unit] = /^P(\d+)([DY])$/.exec(duration ?? "") ?? [];
  return number ? Number(number) * (unit === "Y" ? DAYS_IN_A_YEAR : 1) : duration;
}

/** Return what the link that is open asks; `decide(kind)` answers it. */
export function offered(decide) {
  const { page, done, refusal } = state.portal;
  const status = [
    refusal && el("p", { class: "refusal", role: "alert" }, icon("fault"), refusal),
    done && el("p", { class: "done", role: "status" }, icon("check"), done),
  ];
  if (!page) return el("section", { class: "sheet" }, status, !refusal && !done && el("p", { class: "hint" }, word("portal_idle")));
  const isReseller = page.kind === "reseller";
  return el(
    "section",
    { class: "sheet offer" },
    el("h3", {}, word(isReseller ? "asks_reseller" : "asks_access", { partner: page.partner })),
    isReseller ? el("p", {}, word("asks_reseller_means")) : asked(page),
    status,
    !done && decisions(isReseller, decide),
  );
}

function asked(page) {
  return [
    el("p", {}, word("asks_access_for", { days: daysOf(page.duration) })),
    el("ul", { class: "roles" }, roleNames(page.roles).map((role) => el("li", {}, role))),
  ];
}

function decisions(isReseller, decide) {
  const kind = isReseller ? "accept_reseller" : "approve_admin_access";
  const yes = { class: "primary", dataset: { focus: "portal/yes", portal: "yes" } };
  return el(
    "div",
    { class: "row" },
    button(word(isReseller ? "accept" : "approve"), () => decide(kind), yes),
    button(word("decline"), () => decide("decline"), { dataset: { focus: "portal/no", portal: "no" } }),
  );
}
