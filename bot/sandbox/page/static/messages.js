// A conversation: messages in order, by day, their threads beneath them.

import { messageBody } from "./blocks.js";
import { day, moment, near, ofTs, time, viewer } from "./dates.js";
import { el, icon, reconcile } from "./dom.js";
import { avatar } from "./people.js";
import { state } from "./store.js";
import { showThread, threadItem } from "./threads.js";
import { word } from "./words.js";

const TOGETHER_SECONDS = 300;

const isReply = (message) => message.thread_ts && message.thread_ts !== message.ts;
const isBroadcast = (message) => message.subtype === "thread_broadcast";

/** Bring a list up to date with a place's messages. */
export function showMessages(list, place) {
  const replies = Map.groupBy(place.messages.filter(isReply), (message) => message.thread_ts);
  const shown = place.messages.filter((message) => !isReply(message) || isBroadcast(message));
  const items = shown.flatMap((message, index) => [
    ...dayItem(message, shown[index - 1]),
    messageItem(message, place, { goesOn: goesOn(message, shown[index - 1], replies) }),
    ...(replies.has(message.ts) ? [threadItem(message, place)] : []),
  ]);
  reconcile(list, items);
  for (const [ts, answers] of replies) showThread(list, place, ts, answers);
}

const dayOf = (message) => day(ofTs(message.ts));

/** Return the line above the first message of a day. */
function dayItem(message, before) {
  if (before && dayOf(before) === dayOf(message)) return [];
  const label = near(ofTs(message.ts)) || dayOf(message);
  const make = () => el("li", { class: "day" }, el("span", {}, label));
  return [{ key: `day-${dayOf(message)}`, version: label, make }];
}

/** Whether a person just goes on talking, so that their name need not be said again. */
function goesOn(message, before, replies) {
  if (!before || before.user !== message.user || state.people.users[message.user]?.is_bot) return false;
  const isSoon = Number(message.ts) - Number(before.ts) < TOGETHER_SECONDS;
  return isSoon && !replies.has(before.ts) && !before.is_ephemeral && dayOf(before) === dayOf(message);
}

/** Return an item for `reconcile`. `how` is `{goesOn, isInThread}`. */
export function messageItem(message, place, how = {}) {
  return {
    key: message.ts,
    version: JSON.stringify([message, state.me, viewer(), how]),
    make: () => article(message, place, how),
  };
}

function article(message, place, { goesOn = false, isInThread = false }) {
  const user = state.screen.users[message.user];
  const context = { surface: { channel: place.id, ts: message.ts }, values: message.values };
  const isCard = user?.is_bot && message.blocks?.length > 0;
  const names = ["message", message.is_ephemeral && "ephemeral", goesOn && "goes-on", isCard && "card"];
  const dataset = { ts: message.ts, from: user?.name ?? message.user };
  return el(
    "li",
    { class: names.filter(Boolean).join(" "), dataset },
    avatar(message.user, user),
    el("div", { class: "message-body" }, byline(message, user, isInThread), el("div", { class: "message-text" }, messageBody(message, context))),
  );
}

function byline(message, user, isInThread) {
  return el(
    "p",
    { class: "byline" },
    el("b", {}, user?.real_name ?? message.user),
    user?.is_bot && el("span", { class: "badge" }, word("app_badge")),
    el("time", { title: moment(ofTs(message.ts)) }, time(ofTs(message.ts))),
    message.is_ephemeral && el("span", { class: "only-you" }, icon("eye"), word("only_you")),
    isBroadcast(message) && !isInThread && el("span", { class: "note" }, icon("reply"), word("from_thread")),
    message.edited && el("span", { class: "note" }, word("edited")),
  );
}
