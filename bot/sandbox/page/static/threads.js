// Replies beneath the message they answer, and a line to write one more.

import { ofTs, time } from "./dates.js";
import { refused } from "./dialogs.js";
import { el, icon, reconcile } from "./dom.js";
import { messageItem } from "./messages.js";
import { avatar } from "./people.js";
import { actInSlack, state } from "./store.js";
import { word } from "./words.js";

/** Return an item for `reconcile`: a thread that `showThread` fills. */
export function threadItem(message, place) {
  return { key: `thread-${message.ts}`, version: "thread", make: () => thread(message, place) };
}

function thread(message, place) {
  const summary = el("summary", {});
  const answers = el("ol", { class: "messages" });
  return el("li", { class: "thread" }, el("details", { open: true }, summary, answers, replyForm(message, place)));
}

/** Bring the thread under the message `ts` up to date. */
export function showThread(list, place, ts, answers) {
  const node = [...list.children].find((child) => child.dataset.key === `thread-${ts}`);
  if (!node) return;
  node.querySelector("summary").replaceChildren(...summaryOf(answers));
  const items = answers.map((message) => messageItem(message, place, { isInThread: true }));
  reconcile(node.querySelector("ol"), items);
}

function summaryOf(answers) {
  const people = [...new Set(answers.map((message) => message.user))].slice(0, 3);
  const count = answers.length;
  return [
    el("span", { class: "faces" }, people.map((id) => avatar(id, state.people.users[id]))),
    el("span", {}, count === 1 ? word("one_reply") : word("replies", { count })),
    el("span", { class: "note" }, word("last_reply", { time: time(ofTs(answers.at(-1).ts)) })),
    icon("down"),
  ];
}

function replyForm(message, place) {
  const input = el("input", { type: "text", placeholder: word("reply"), "aria-label": word("reply"), autocomplete: "off" });
  const onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    actInSlack({ act: "say", channel: place.id, text, thread_ts: message.ts }).catch(refused);
    input.value = "";
  };
  const send = el("button", { type: "submit", class: "quiet", "aria-label": word("send"), title: word("send") }, icon("send"));
  return el("form", { class: "reply", onsubmit }, input, send);
}
