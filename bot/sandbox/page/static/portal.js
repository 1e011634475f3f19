// The customer's admin center: what is behind a link, and the relationship with the partner.

import { day } from "./dates.js";
import { ask, refused } from "./dialogs.js";
import { button, el } from "./dom.js";
import { showPane } from "./panes.js";
import { act, become, change, CUSTOMER, state } from "./store.js";
import { listed, roleNames, word } from "./words.js";

const daysOf = (duration) => {
  const [, number, unit] = /^P(\d+)([DY])$/.exec(duration ?? "") ?? [];
  return number ? Number(number) * (unit === "Y" ? 365 : 1) : duration;
};

/** Change what the portal shows. */
export const open = (parts) => change({ portal: { ...state.portal, ...parts } });

/** Return the tenant whose administrator one is. */
export const tenant = () => state.world.tenants.find((each) => each.domain === state.portal.domain) ?? state.world.tenants[0];

/** Become the customer's administrator and open a link in the admin center. */
export async function followLink(link) {
  become(CUSTOMER);
  open({ link, page: null, done: "", refusal: "" });
  const page = await visit({ act: "follow", link });
  if (page) open({ page });
  showPane("main");
}

/** Do something in the portal; a refusal stands on its page. Returns what the server said, or null. */
async function visit(body) {
  const { role } = state.portal;
  try {
    return await act("/api/microsoft", { domain: tenant().domain, role, ...body });
  } catch (error) {
    if (error.kind === "portal") open({ refusal: error.message, done: "" });
    else refused(error);
    return null;
  }
}

async function decide(kind) {
  const done = await visit({ act: kind, link: state.portal.link });
  if (done) open({ done: word(`done_${kind}`, { partner: state.world.partner }), refusal: "" });
}

/** Return the panel. */
export function portalPanel() {
  return [el("h2", {}, word("portal")), addressBar(), invitation(), partner()];
}

function addressBar() {
  const input = el("input", { type: "text", value: state.portal.link, "aria-label": word("portal_link"), placeholder: word("portal_link"), autocomplete: "off", dataset: { focus: "portal/link" } });
  const onsubmit = (event) => {
    event.preventDefault();
    if (input.value.trim()) followLink(input.value.trim());
  };
  return el("form", { class: "address", onsubmit }, input, el("button", { type: "submit" }, word("portal_open")));
}

function invitation() {
  const { page, done, refusal } = state.portal;
  const status = [
    refusal && el("p", { class: "refusal", role: "alert" }, refusal),
    done && el("p", { class: "done", role: "status" }, done),
  ];
  if (!page) return el("section", { class: "sheet" }, status, !refusal && !done && el("p", { class: "hint" }, word("portal_idle")));
  const isReseller = page.kind === "reseller";
  const values = { partner: page.partner };
  return el(
    "section",
    { class: "sheet" },
    el("h3", {}, word(isReseller ? "asks_reseller" : "asks_access", values)),
    isReseller ? el("p", {}, word("asks_reseller_means")) : asked(page),
    status,
    !done && decisions(isReseller),
  );
}

function asked(page) {
  return [
    el("p", {}, word("asks_access_for", { days: daysOf(page.duration) })),
    el("ul", { class: "roles" }, roleNames(page.roles).map((role) => el("li", {}, role))),
  ];
}

function decisions(isReseller) {
  const kind = isReseller ? "accept_reseller" : "approve_admin_access";
  return el(
    "div",
    { class: "row" },
    button(word(isReseller ? "accept" : "approve"), () => decide(kind), { class: "primary", dataset: { focus: "portal/yes" } }),
    button(word("decline"), () => decide("decline"), { dataset: { focus: "portal/no" } }),
  );
}

function partner() {
  const it = tenant();
  const held = state.world.relationships.filter((each) => each.customer_id === it.id && each.status === "active");
  return el(
    "section",
    { class: "sheet" },
    el("h3", {}, word("your_partner", { partner: state.world.partner })),
    el("div", { class: "fact" }, resellerWords(it), it.is_customer && button(word("end_reseller"), endReseller, { class: "danger" })),
    el("div", { class: "fact" }, el("span", {}, word(it.agreement_signed ? "agreement_signed" : "agreement_open")), !it.agreement_signed && button(word("sign"), () => visit({ act: "sign_agreement" }), { dataset: { focus: "portal/sign" } })),
    held.length ? held.map(rolesHeld) : el("div", { class: "fact" }, word("no_roles")),
  );
}

function resellerWords(it) {
  return el("span", {}, it.is_customer ? word("reseller_since", { date: day(new Date(it.since)) }) : word("no_reseller"));
}

function rolesHeld(relationship) {
  const until = relationship.ends && word("until", { date: day(new Date(relationship.ends)) });
  const body = el("span", {}, listed(roleNames(relationship.roles)), " ", el("small", {}, until));
  return el("div", { class: "fact" }, body, button(word("remove_roles"), () => removeRoles(relationship.id), { class: "danger" }));
}

async function removeRoles(id) {
  const partnerName = state.world.partner;
  const body = el("p", {}, word("remove_roles_sure", { partner: partnerName }));
  const sure = await ask({ title: word("remove_roles"), body, yes: word("remove_roles"), danger: true });
  if (sure) await visit({ act: "remove_roles", relationship_id: id });
}

async function endReseller() {
  const body = el("p", {}, word("end_reseller_sure", { partner: state.world.partner }));
  const sure = await ask({ title: word("end_reseller"), body, yes: word("end_reseller"), danger: true });
  if (sure) await visit({ act: "remove_reseller_relationship" });
}
