// A mail program, for mails that a person sends and not the app.

import { openDialog, refused, toast } from "./dialogs.js";
import { button, el } from "./dom.js";
import { act, CUSTOMER, state } from "./store.js";
import { word } from "./words.js";

/** Open a mail to write, filled in as far as it is known. */
export function composeMail({ to = "", subject = "", text = "" } = {}) {
  const { users } = state.people;
  const person = state.me === CUSTOMER ? Object.keys(users)[0] : state.me;
  const user = users[person];
  const fields = {
    to: el("input", { type: "email", value: to, required: true }),
    subject: el("input", { type: "text", value: subject }),
    text: el("textarea", { rows: "12", value: text }),
  };
  const row = (label, input) => el("label", { class: "stacked" }, word(label), input);
  const body = [
    el("p", { class: "hint" }, `${word("mail_from")}: ${user.email}`),
    row("mail_to", fields.to),
    row("mail_subject", fields.subject),
    row("mail_text", fields.text),
  ];
  const send = (close) => async () => {
    const mail = { to: fields.to.value.trim(), subject: fields.subject.value, text: fields.text.value };
    try {
      await act("/api/microsoft", { act: "send_mail", person, ...mail });
      close();
      toast(word("mail_sent"), user.real_name, "good");
    } catch (error) {
      refused(error);
    }
  };
  openDialog(word("mail_program", { name: user.real_name }), body, (close) => [
    button(word("cancel"), close),
    button(word("send"), send(close), { class: "primary" }),
  ]);
}
