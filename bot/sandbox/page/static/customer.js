// The middle of the page for the customer's administrator: a mailbox and the admin center.

import { moment } from "./dates.js";
import { button, byId, el, restoreFocus } from "./dom.js";
import { linkNode } from "./links.js";
import { open, portalPanel, tenant } from "./portal.js";
import { state } from "./store.js";
import { word } from "./words.js";

const ROLES = ["global_administrator", "billing_administrator", "relationship_administrator", "user"];
const main = byId("main");
const SCROLLING = [".desk", ".mailbox", ".portal"];
let drawn = "";
let lastOpened = "";

/** Show mailbox and admin center. */
export function showCustomer() {
  const { tenants, relationships, mails } = state.world;
  const version = JSON.stringify([state.portal, tenants, relationships, mails.length]);
  if (version === drawn && main.className === "customer") return;
  drawn = version;
  const focused = main.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const scrolled = new Map(SCROLLING.map((name) => [name, main.querySelector(name)?.scrollTop ?? 0]));
  main.className = "customer";
  main.replaceChildren(head(), el("div", { class: "desk" }, mailbox(), el("div", { class: "portal" }, portalPanel())));
  for (const [name, top] of scrolled) main.querySelector(name).scrollTop = top;
  if (focused) restoreFocus(main, focused);
  showPortal();
}

/** Bring the admin center into sight when something is opened there. */
function showPortal() {
  const { link, page, refusal } = state.portal;
  const opened = JSON.stringify([link, page, refusal]);
  if (opened === lastOpened) return;
  lastOpened = opened;
  if (link) main.querySelector(".portal h2").scrollIntoView({ block: "nearest" });
}

function head() {
  const it = tenant();
  const tenants = state.world.tenants.map(({ domain, name }) => [domain, `${name} (${domain})`]);
  const roles = ROLES.map((role) => [role, word(`role_${role}`)]);
  const fresh = { mail: null, link: "", page: null, done: "", refusal: "" };
  return el(
    "header",
    { class: "place-head" },
    el("h2", {}, it.name),
    choice("organization", tenants, it.domain, (domain) => open({ domain, ...fresh })),
    choice("signed_in_as", roles, state.portal.role, (role) => open({ role, refusal: "", done: "" })),
  );
}

function choice(label, options, chosen, choose) {
  const items = options.map(([value, text]) => el("option", { value, selected: value === chosen }, text));
  const onchange = ({ target }) => choose(target.value);
  return el("label", { class: "inline" }, word(label), el("select", { onchange, dataset: { focus: label } }, items));
}

/** Return the mails to a tenant, newest first. */
export function mailsTo(it) {
  const mine = (address) => it.domains.includes(address.split("@")[1]?.toLowerCase());
  return state.world.mails.filter((mail) => mail.to.some(mine)).reverse();
}

function mailbox() {
  const mails = mailsTo(tenant());
  const shown = mails.find((mail) => mail.id === state.portal.mail);
  const row = (mail) =>
    el("li", {}, button([el("b", {}, mail.subject || word("no_subject")), el("small", {}, `${mail.sender} · ${moment(new Date(mail.at))}`)], () => open({ mail: mail.id }), { "aria-current": mail.id === shown?.id ? "true" : undefined, dataset: { focus: `mail/${mail.id}` } }));
  return el(
    "div",
    { class: "mailbox" },
    el("h2", {}, word("inbox")),
    mails.length ? el("ul", { class: "mails" }, mails.map(row)) : el("p", { class: "hint" }, word("no_mail")),
    shown ? letter(shown) : mails.length > 0 && el("p", { class: "hint" }, word("open_a_mail")),
  );
}

function letter(mail) {
  const fact = (label, value) => [el("dt", {}, word(label)), el("dd", {}, value)];
  const parts = mail.parts.map((part) => (part.href ? linkNode(part.href, [part.text]) : part.text));
  return el(
    "article",
    { class: "letter sheet" },
    el("h3", {}, mail.subject || word("no_subject")),
    el("dl", {}, fact("mail_from", mail.sender), fact("mail_to", mail.to.join(", "))),
    el("div", { class: "letter-text" }, parts),
  );
}
