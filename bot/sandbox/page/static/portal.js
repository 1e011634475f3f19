// The customer's admin center: what is behind a link, and the relationship with the partner.

import { become } from "./becoming.js";
import { day } from "./dates.js";
import { ask, refused } from "./dialogs.js";
import { button, el, icon } from "./dom.js";
import { showPane } from "./panes.js";
import { offered } from "./portal_page.js";
import { act, change, CUSTOMER, state } from "./store.js";
import { hasWord, listed, roleNames, word } from "./words.js";

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
  const { role, account } = state.portal;
  try {
    return await act("/api/microsoft", { domain: account || tenant().domain, role, ...body });
  } catch (error) {
    if (error.kind === "portal") open({ refusal: refusalWords(error), done: "" });
    else refused(error);
    return null;
  }
}

const refusalWords = ({ reason, message }) => (hasWord(`refusal_${reason}`) ? word(`refusal_${reason}`) : message);

async function decide(kind) {
  const done = await visit({ act: kind, link: state.portal.link });
  if (done) open({ done: word(`done_${kind}`, { partner: state.world.partner }), refusal: "" });
}

/** Return the admin center, in the clothes of the cloud the tenant is in. */
export function portalPanel() {
  const it = tenant();
  return el(
    "section",
    { class: "portal", dataset: { cloud: it.cloud }, "aria-labelledby": "portal-title" },
    addressBar(it),
    el("div", { class: "portal-head" }, el("h2", { id: "portal-title" }, word("portal")), el("span", {}, word(`cloud_${it.cloud}`))),
    el("div", { class: "portal-body" }, offered(decide), partner(it)),
  );
}

function addressBar(it) {
  const input = el("input", { type: "text", value: state.portal.link, "aria-label": word("portal_link"), placeholder: `${it.portal} …`, autocomplete: "off", spellcheck: "false", dataset: { focus: "portal/link" } });
  const onsubmit = (event) => {
    event.preventDefault();
    if (input.value.trim()) followLink(input.value.trim());
  };
  return el("form", { class: "address", onsubmit }, icon("lock"), input, el("button", { type: "submit" }, word("portal_open")));
}

function partner(it) {
  const held = state.world.relationships.filter((each) => each.customer_id === it.id && each.status === "active");
  const sign = () => visit({ act: "sign_agreement" });
  return el(
    "section",
    { class: "sheet" },
    el("h3", {}, word("your_partner", { partner: state.world.partner })),
    it.is_customer
      ? fact(word("reseller_since", { date: day(new Date(it.since)) }), ending(word("end_reseller"), endReseller, "end"))
      : fact(word("no_reseller")),
    it.agreement_signed
      ? fact(word("agreement_signed"))
      : fact(word("agreement_open"), button(word("sign"), sign, { dataset: { focus: "portal/sign", portal: "sign" } })),
    held.length ? held.map(rolesHeld) : fact(word("no_roles")),
  );
}

const fact = (text, control) => el("div", { class: "fact" }, el("span", {}, text), control);
const ending = (label, onclick, name) => button(label, onclick, { class: "danger", dataset: { focus: `portal/${name}`, portal: name } });

function rolesHeld(relationship) {
  const until = relationship.ends && word("until", { date: day(new Date(relationship.ends)) });
  const body = [listed(roleNames(relationship.roles)), " ", el("small", {}, until)];
  return fact(body, ending(word("remove_roles"), () => removeRoles(relationship.id), "remove"));
}

async function removeRoles(id) {
  const body = el("p", {}, word("remove_roles_sure", { partner: state.world.partner }));
  const sure = await ask({ title: word("remove_roles"), body, yes: word("remove_roles"), danger: true });
  if (sure) await visit({ act: "remove_roles", relationship_id: id });
}

async function endReseller() {
  const body = el("p", {}, word("end_reseller_sure", { partner: state.world.partner }));
  const sure = await ask({ title: word("end_reseller"), body, yes: word("end_reseller"), danger: true });
  if (sure) await visit({ act: "remove_reseller_relationship" });
}
