// The middle of the page for the customer's administrator: a mailbox and the admin center.

import { el, restoreFocus } from "./dom.js";
import { mailbox } from "./mailbox.js";
import { open, portalPanel, tenant } from "./portal.js";
import { state } from "./store.js";
import { word } from "./words.js";

const ROLES = ["global_administrator", "billing_administrator", "relationship_administrator", "user"];
const main = document.getElementById("main");
const SCROLLING = [".desk", ".mailbox", ".portal"];
let drawn = "";
let lastOpened = "";

/** Show mailbox and admin center. */
export function showCustomer() {
  const { tenants, relationships, mails, telling } = state.world;
  const version = JSON.stringify([state.portal, tenants, relationships, mails.length, telling]);
  if (version === drawn && main.className === "customer") return;
  drawn = version;
  const focused = main.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  const scrolled = new Map(SCROLLING.map((name) => [name, main.querySelector(name)?.scrollTop ?? 0]));
  main.className = "customer";
  main.dataset.shows = "customer";
  main.replaceChildren(head(), el("div", { class: "desk" }, mailbox(), portalPanel()));
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
  if (link) main.querySelector(".portal").scrollIntoView({ block: "nearest" });
}

function head() {
  const it = tenant();
  const tenants = state.world.tenants.map(({ domain, name }) => [domain, `${name} (${domain})`]);
  const own = [state.world.partner_domain, word("partners_own", { partner: state.world.partner })];
  const others = tenants.filter(([domain]) => domain !== it.domain);
  const accounts = [["", word("account_own", { name: it.name })], ...others, own];
  const roles = ROLES.map((role) => [role, word(`role_${role}`)]);
  const fresh = { mail: null, link: "", page: null, done: "", refusal: "" };
  return el(
    "header",
    { class: "place-head" },
    el("h2", {}, it.name),
    choice("organization", tenants, it.domain, (domain) => open({ domain, account: "", ...fresh })),
    choice("account", accounts, state.portal.account ?? "", (account) => open({ account, refusal: "", done: "" })),
    choice("signed_in_as", roles, state.portal.role, (role) => open({ role, refusal: "", done: "" })),
  );
}

function choice(label, options, chosen, choose) {
  const items = options.map(([value, text]) => el("option", { value, selected: value === chosen }, text));
  const onchange = ({ target }) => choose(target.value);
  return el("label", { class: "inline" }, el("span", {}, word(label)), el("select", { onchange, dataset: { focus: label } }, items));
}
