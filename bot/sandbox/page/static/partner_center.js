// Partner Center as the partner's own people see it: customers, admin relationships, security groups.

import { day } from "./dates.js";
import { refused } from "./dialogs.js";
import { button, byId, el, icon, reconcile } from "./dom.js";
import { item, nothing } from "./rows.js";
import { act, state } from "./store.js";
import { hasWord, listed, roleNames, word } from "./words.js";

const WAITING = new Set(["created", "approvalPending", "approved", "activating"]);

export function showPartnerCenter() {
  const ours = state.world.tenants.filter((tenant) => tenant.is_customer);
  const { relationships, groups } = state.world;
  reconcile(byId("customers"), ours.length ? ours.map((tenant) => item(tenant.id, tenant, () => customerRow(tenant))) : nothing("no_customers"));
  reconcile(byId("relationships"), relationships.length ? relationships.map((each) => item(each.id, [each, groups], () => relationshipRow(each))) : nothing("no_relationships"));
}

function customerRow(tenant) {
  const agreement = tenant.agreement_signed && el("span", { class: "status active" }, word("agreement_short"));
  return el("li", {}, el("div", { class: "spread" }, el("b", {}, tenant.name), agreement), el("small", {}, word("customer_since", { date: day(new Date(tenant.since)) })));
}

function relationshipRow(relationship) {
  const { status, assignments, customer_name: customer } = relationship;
  const given = assignments.filter((each) => each.status !== "deleted");
  const kind = status === "active" ? "active" : WAITING.has(status) ? "waiting" : "over";
  return el(
    "li",
    {},
    el("div", { class: "spread" }, el("b", {}, customer ?? word("nobody_yet")), el("span", { class: `status ${kind}`, title: status }, statusWords(status))),
    el("small", {}, listed(roleNames(relationship.roles))),
    given.map((each) => el("small", { class: "given" }, icon("people"), `${each.group}: ${statusWords(each.status)}`)),
    status === "active" && !given.length && assignForm(relationship),
  );
}

/** Microsoft's own word, explained where the page has words for it. */
const statusWords = (status) => (hasWord(`status_${status}`) ? word(`status_${status}`) : status);

function assignForm(relationship) {
  const options = state.world.groups.map((group) => el("option", { value: group.id }, group.name));
  const select = el("select", { "aria-label": word("group") }, options);
  const assign = () =>
    act("/api/microsoft", { act: "assign_group", relationship_id: relationship.id, group_id: select.value }).catch(refused);
  const give = button(word("assign"), assign, { class: "primary", dataset: { assign: relationship.id } });
  return [el("small", { class: "warning" }, word("no_group")), el("div", { class: "row" }, select, give)];
}
