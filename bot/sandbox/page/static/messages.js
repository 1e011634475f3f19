// A conversation: messages in order, their threads beneath them.

import { messageBody } from "./blocks.js";
import { moment, ofTs, time } from "./dates.js";
import { refused } from "./dialogs.js";
import { el, reconcile } from "./dom.js";
import { actInSlack, state } from "./store.js";
import { word } from "./words.js";

/** Bring a list up to date with a place's messages. */
export function showMessages(list, place) {
  const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;
  const isBroadcast = (message) => message.subtype === "thread_broadcast";
  const replies = Map.groupBy(place.messages.filter(isReply), (message) => message.thread_ts);
  const items = place.messages
    .filter((message) => !isReply(message) || isBroadcast(message))
    .flatMap((message) => [messageItem(message, place, false), ...threadItem(message, place, replies)]);
  reconcile(list, items);
  for (const [ts, answers] of replies) showThread(list, place, ts, answers);
}

function messageItem(message, place, isInThread) {
  return {
    key: message.ts,
    version: JSON.stringify([message, state.me]),
    make: () => article(message, place, isInThread),
  };
}

function threadItem(message, place, replies) {
  if (!replies.has(message.ts)) return [];
  return [{ key: `thread-${message.ts}`, version: "thread", make: () => thread(message, place) }];
}

function thread(message, place) {
  const summary = el("summary", {});
  const answers = el("ol", { class: "messages" });
  return el("li", { class: "thread" }, el("details", { open: true }, summary, answers, replyForm(message, place)));
}

function showThread(list, place, ts, answers) {
  const node = [...list.children].find((child) => child.dataset.key === `thread-${ts}`);
  if (!node) return;
  const count = answers.length;
  node.querySelector("summary").textContent = count === 1 ? word("one_reply") : word("replies", { count });
  reconcile(node.querySelector("ol"), answers.map((message) => messageItem(message, place, true)));
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
  return el("form", { class: "reply", onsubmit }, input);
}

function article(message, place, isInThread) {
  const user = state.screen.users[message.user];
  const context = { surface: { channel: place.id, ts: message.ts }, values: message.values };
  const broadcast = message.subtype === "thread_broadcast" && !isInThread;
  const body = el(
    "div",
    { class: "message-body" },
    el(
      "p",
      { class: "byline" },
      el("b", {}, user?.real_name ?? message.user),
      user?.is_bot && el("span", { class: "badge" }, word("app_badge")),
      el("time", { title: moment(ofTs(message.ts)) }, time(ofTs(message.ts))),
      message.is_ephemeral && el("span", { class: "only-you" }, word("only_you")),
      broadcast && el("span", { class: "note" }, word("from_thread")),
      message.edited && el("span", { class: "note" }, word("edited")),
    ),
    messageBody(message, context),
  );
  const props = { class: message.is_ephemeral ? "message ephemeral" : "message", dataset: { ts: message.ts } };
  return el("li", props, avatar(message.user, user), body);
}

/** Return a round mark with a person's initial. */
export function avatar(id, user) {
  const ids = Object.keys(state.people?.users ?? {});
  const tone = user?.is_bot ? "app" : `tone-${Math.max(0, ids.indexOf(id)) % 5}`;
  return el("span", { class: `avatar ${tone}`, "aria-hidden": "true" }, (user?.real_name ?? id).slice(0, 1));
}
