// Links: into the customer's portal, into a mail program, or a plain word that they lead out of here.

import { openDialog } from "./dialogs.js";
import { button, el } from "./dom.js";
import { composeMail } from "./mail.js";
import { followLink } from "./portal.js";
import { state } from "./store.js";
import { word } from "./words.js";

/** Return a link. Nothing is loaded when it is used: see `openLink`. */
export function linkNode(url, children) {
  const open = () => openLink(url);
  const onkeydown = (event) => event.key === "Enter" && open();
  return el("a", { class: "link", role: "link", tabindex: "0", title: url, onclick: open, onkeydown }, children ?? [url]);
}

/** Do what a browser would do with an address, without leaving this machine. */
export function openLink(url) {
  if (/^mailto:/i.test(url)) composeMail(readMailto(url));
  else if (isPortal(url)) followLink(url);
  else tellItLeadsOut(url);
}

function isPortal(url) {
  const home = `${state.world?.portal_url ?? ""}/adminportal/home`.toLowerCase();
  return url.toLowerCase().startsWith(home);
}

function readMailto(url) {
  const [to, query = ""] = url.slice("mailto:".length).split("?");
  const fields = new Map(
    query.split("&").filter(Boolean).map((pair) => {
      const [name, ...rest] = pair.split("=");
      return [name.toLowerCase(), decodeURIComponent(rest.join("="))];
    }),
  );
  return { to: decodeURIComponent(to), subject: fields.get("subject") ?? "", text: fields.get("body") ?? "" };
}

function tellItLeadsOut(url) {
  const address = el("textarea", { readonly: true, rows: "3", value: url, "aria-label": word("leads_out") });
  const copy = button(word("copy"), async () => {
    await navigator.clipboard.writeText(url);
    copy.textContent = word("copied");
  });
  openDialog(word("leads_out"), [el("p", {}, word("leads_out_why")), address], (close) => [
    copy,
    button(word("close"), close, { class: "primary", autofocus: true }),
  ]);
}
