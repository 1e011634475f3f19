// Beside the conversation: clock, mail, Partner Center, troubles, traffic.

import { mailsTo } from "./customer.js";
import { day, format, moment, now } from "./dates.js";
import { refused, toast } from "./dialogs.js";
import { button, byId, el, reconcile } from "./dom.js";
import { composeMail } from "./mail.js";
import { showPane } from "./panes.js";
import { open } from "./portal.js";
import { act, become, CUSTOMER, refresh, state } from "./store.js";
import { listed, roleNames, word } from "./words.js";

const HOUR = 3600;
const DAY = 24 * HOUR;
const NEWEST_MAILS = 3;
let shownTo;

export function startOutside() {
  for (const jump of byId("jumps").children) jump.addEventListener("click", () => letTimePass(jump));
  byId("write-mail").addEventListener("click", () => composeMail());
  byId("troubles").addEventListener("change", setTroubles);
  byId("restart")?.addEventListener("click", restart);
  byId("traffic-panel").addEventListener("toggle", ({ target }) => target.open && refresh.traffic());
  setInterval(showClock, 1000);
}

/** Show what the world is like now. */
export function showOutside() {
  // Nobody can write before it is known who there is.
  byId("write-mail").disabled = !state.people;
  if (!state.world) return;
  showClock();
  if (shownTo !== state.people?.me) forAnotherReader();
  reconcile(byId("mails"), state.world.mails.slice(-NEWEST_MAILS).reverse().map(mailItem));
  reconcile(byId("customers"), customers());
  reconcile(byId("relationships"), relationships());
  for (const [name, value] of Object.entries(state.world.troubles)) byId("troubles").elements[name].value = value;
  if (state.traffic) reconcile(byId("traffic"), traffic(state.traffic));
}

/** Draw everything anew: dates look different to everyone. */
function forAnotherReader() {
  shownTo = state.people?.me;
  for (const list of ["mails", "customers", "relationships"]) byId(list).replaceChildren();
}

function showClock() {
  if (!state.world) return;
  const text = format(now(), { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit" });
  for (const id of ["clock", "top-clock"]) {
    byId(id).textContent = text;
    byId(id).dateTime = now().toISOString();
  }
  byId("ahead").textContent = aheadWords(state.world.ahead_seconds);
}

function aheadWords(seconds) {
  if (seconds < HOUR) return "";
  if (seconds < DAY) return word("ahead_hours", { hours: Math.round(seconds / HOUR) });
  return word("ahead", { days: Math.round(seconds / DAY) });
}

async function letTimePass(jump) {
  const all = [...byId("jumps").children];
  const label = jump.textContent;
  for (const each of all) each.disabled = true;
  jump.textContent = word("time_passes");
  await act("/api/clock", { by: jump.dataset.by }).catch(refused);
  jump.textContent = label;
  for (const each of all) each.disabled = false;
  jump.focus();
}

function setTroubles() {
  const { slack, microsoft, webhooks } = byId("troubles").elements;
  act("/api/troubles", { slack: slack.value, microsoft: microsoft.value, webhooks: webhooks.value }).catch(refused);
}

async function restart({ target }) {
  target.setAttribute("aria-busy", "true");
  try {
    await act("/api/restart", {});
    toast(word("restarted"), "Overture", "good");
  } catch (error) {
    refused(error);
  }
  target.removeAttribute("aria-busy");
}

const none = (name) => [{ key: "none", version: "", make: () => el("li", { class: "hint" }, word(name)) }];

/** Return an item to reconcile; `make` runs again when any of `facts` changes. */
const item = (key, facts, make) => ({ key: String(key), version: JSON.stringify(facts), make });

function mailItem(mail) {
  const label = [el("b", {}, mail.subject || word("no_subject")), el("small", {}, `${mail.to[0]} · ${moment(new Date(mail.at))}`)];
  return item(mail.id, mail.id, () => el("li", {}, button(label, () => readMail(mail))));
}

function readMail(mail) {
  const owner = state.world.tenants.find((tenant) => mailsTo(tenant).some((each) => each.id === mail.id));
  become(CUSTOMER);
  open({ domain: owner?.domain ?? state.portal.domain, mail: mail.id });
  showPane("main");
}

function customers() {
  const ours = state.world.tenants.filter((tenant) => tenant.is_customer);
  return ours.length ? ours.map((tenant) => item(tenant.id, tenant, () => customerRow(tenant))) : none("no_customers");
}

function customerRow(tenant) {
  const facts = [word("customer_since", { date: day(new Date(tenant.since)) }), tenant.agreement_signed && word("agreement_short")];
  return el("li", {}, el("b", {}, tenant.name), el("small", {}, facts.filter(Boolean).join(" · ")));
}

function relationships() {
  const all = state.world.relationships;
  return all.length ? all.map((each) => item(each.id, [each, state.world.groups], () => relationshipRow(each))) : none("no_relationships");
}

function relationshipRow(relationship) {
  const { status, assignments, customer_name: customer } = relationship;
  const given = assignments.filter((each) => each.status !== "deleted");
  return el(
    "li",
    {},
    el("b", {}, customer ?? word("nobody_yet")),
    el("span", { class: `status ${status}` }, status),
    el("small", {}, listed(roleNames(relationship.roles))),
    given.map((each) => el("small", {}, `${each.group}: ${each.status}`)),
    status === "active" && !given.length && assignForm(relationship),
  );
}

function assignForm(relationship) {
  const options = state.world.groups.map((group) => el("option", { value: group.id }, group.name));
  const select = el("select", { "aria-label": word("group") }, options);
  const assign = () =>
    act("/api/microsoft", { act: "assign_group", relationship_id: relationship.id, group_id: select.value }).catch(refused);
  return [el("small", { class: "warning" }, word("no_group")), el("div", { class: "row" }, select, button(word("assign"), assign))];
}

function traffic(entries) {
  const counts = new Map();
  return entries.map((entry) => {
    const name = `${entry.at}/${entry.way}/${entry.title}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return trafficItem(entry, `${name}/${counts.get(name)}`);
  });
}

function trafficItem(entry, key) {
  return item(key, entry.status, () => {
    const status = entry.status ?? word("no_answer");
    const bad = entry.status === null || entry.status >= 400;
    const clock = format(new Date(entry.at), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const [from, to] = entry.way.split(">");
    const summary = el("summary", {}, el("time", {}, clock), el("span", { class: "way" }, `${from} → ${to}`), el("b", {}, entry.title), el("span", { class: bad ? "bad" : "" }, String(status)));
    return el("li", {}, el("details", {}, summary, el("pre", {}, entry.detail)));
  });
}
