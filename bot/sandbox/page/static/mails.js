// The newest mails to customers, wherever they are.

import { become } from "./becoming.js";
import { moment } from "./dates.js";
import { button, byId, el, reconcile } from "./dom.js";
import { composeMail } from "./mail.js";
import { mailsTo } from "./mailbox.js";
import { showPane } from "./panes.js";
import { open } from "./portal.js";
import { item, nothing } from "./rows.js";
import { CUSTOMER, state } from "./store.js";
import { word } from "./words.js";

const NEWEST_MAILS = 3;

export function startMails() {
  byId("write-mail").addEventListener("click", () => composeMail());
}

export function showMails() {
  const newest = state.world.mails.slice(-NEWEST_MAILS).reverse();
  reconcile(byId("mails"), newest.length ? newest.map(mailItem) : nothing("no_mail"));
}

function mailItem(mail) {
  const label = () => [el("b", {}, mail.subject || word("no_subject")), el("small", {}, `${mail.to[0]} · ${moment(new Date(mail.at))}`)];
  return item(mail.id, mail.id, () => el("li", {}, button(label(), () => readMail(mail), { dataset: { mail: mail.id } })));
}

function readMail(mail) {
  const owner = state.world.tenants.find((tenant) => mailsTo(tenant).some((each) => each.id === mail.id));
  become(CUSTOMER);
  open({ domain: owner?.domain ?? state.portal.domain, mail: mail.id });
  showPane("main");
}
