// A customer's mailbox: the list, and one mail in each of the ways it can be read.

import { moment } from "./dates.js";
import { button, el, icon } from "./dom.js";
import { linkNode } from "./links.js";
import { open, tenant } from "./portal.js";
import { state } from "./store.js";
import { word } from "./words.js";

const FORMS = ["html", "text", "source"];

/** Return the mails to a tenant, newest first. */
export function mailsTo(it) {
  const mine = (address) => it.domains.includes(address.split("@")[1]?.toLowerCase());
  return state.world.mails.filter((mail) => mail.to.some(mine)).reverse();
}

/** Return the mailbox of the tenant whose administrator one is. */
export function mailbox() {
  const mails = mailsTo(tenant());
  const shown = mails.find((mail) => mail.id === state.portal.mail);
  return el(
    "section",
    { class: "mailbox", "aria-labelledby": "inbox-title" },
    el("h2", { id: "inbox-title" }, word("inbox")),
    mails.length ? el("ul", { class: "mails" }, mails.map((mail) => row(mail, mail === shown))) : nothingYet(),
    shown ? letter(shown) : mails.length > 0 && el("p", { class: "hint" }, word("open_a_mail")),
  );
}

const nothingYet = () =>
  el("div", { class: "empty" }, icon("mail"), el("h3", {}, word("no_mail")), el("p", {}, word("no_mail_why")));

function row(mail, isShown) {
  const label = [el("b", {}, mail.subject || word("no_subject")), el("small", {}, `${mail.sender} · ${moment(new Date(mail.at))}`)];
  const dataset = { focus: `mail/${mail.id}`, mail: mail.id };
  return el("li", {}, button(label, () => open({ mail: mail.id }), { "aria-current": isShown ? "true" : undefined, dataset }));
}

function letter(mail) {
  const fact = (label, value) => [el("dt", {}, word(label)), el("dd", {}, value)];
  const form = mail.html ? (state.portal.form ?? "html") : "text";
  return el(
    "article",
    { class: "letter sheet" },
    el("h3", {}, mail.subject || word("no_subject")),
    el("dl", {}, fact("mail_from", mail.sender), fact("mail_to", mail.to.join(", "))),
    mail.html && forms(form),
    el("div", { class: `letter-text ${form}` }, CONTENT[form](mail)),
  );
}

function forms(current) {
  const tab = (form) =>
    button(word(`mail_as_${form}`), () => open({ form }), { class: "tab", "aria-pressed": String(form === current), dataset: { focus: `form/${form}` } });
  return el("div", { class: "tabs", role: "group", "aria-label": word("mail_as") }, FORMS.map(tab));
}

const CONTENT = {
  html: (mail) => mail.html.map(node),
  text: (mail) => mail.parts.map((part) => (part.href ? linkNode(part.href, [part.text]) : part.text)),
  source: (mail) => mail.source,
};

/** Build the HTML part again; a link of it does what `openLink` says. */
function node(spec) {
  if (typeof spec === "string") return spec;
  const children = spec.children.map(node);
  return spec.href ? linkNode(spec.href, children) : el(spec.tag, {}, children);
}
