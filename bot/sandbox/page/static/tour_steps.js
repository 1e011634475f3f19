// Where each step of the tour happens: who does it, at which place, and what to use there.

import { type } from "./composer.js";
import { idOf } from "./people.js";
import { CUSTOMER, state } from "./store.js";

const COMMAND = "/invite-customer fabrikam.com";
const DAY_SECONDS = 86_400;

/** A waypoint is where to look, and whether one is past it already. */
const person = (name) => ({ at: `[data-person="${name}"]`, isPast: () => state.me === idOf(name) });
const place = (name) => ({
  at: `[data-place="${name}"]`,
  isPast: () => hasModal() || state.screen?.places.some((each) => each.id === state.place && each.name === name),
});
const there = (selector, isPast = () => false) => ({ at: selector, isPast });

const hasModal = () => (state.screen?.views.length ?? 0) > 0;
const composer = there(".composer", hasModal);
const submit = there("#modal button[type=submit]");
const isOpened = () => state.portal.mail !== null || Boolean(state.portal.page);
const isAhead = () => (state.world?.ahead_seconds ?? 0) >= 30 * DAY_SECONDS;

/** `be` and `in` say whom to become and where; `then` does the first thing there. */
export const STEPS = [
  { be: "ana", in: "direct", way: [person("ana"), composer], then: () => offerCommand() },
  { be: "ana", way: [person("ana"), composer, there("[data-view=invite_customer] button[type=submit]"), submit] },
  { be: "ana", way: [person("ana"), composer, there("[data-block=mail_text] textarea"), submit] },
  { be: "ana", way: [person("ana"), composer, submit] },
  { be: "ben", in: "approvals", way: [person("ben"), place("approvals"), there("[data-action=review_invitation]", hasModal), submit] },
  { way: [there("#mail-panel")] },
  { be: "ana", in: "partner-news", way: [person("ana"), place("partner-news"), there(".log > ol > .message.card")] },
  {
    be: CUSTOMER,
    way: [
      person(CUSTOMER),
      there(".mailbox [data-mail]", isOpened),
      there("[data-portal=yes]"),
      there("[data-portal=sign]"),
      there("[data-assign]"),
      there(".letter .link"),
    ],
  },
  { be: CUSTOMER, way: [there("#jumps [data-by=month]", isAhead), person(CUSTOMER), there("[data-portal=remove]")] },
  { way: [] },
];

/** Return the node a step points at now: the last of those at the first waypoint that is left. */
export function pointedAt(step) {
  for (const { at, isPast } of step.way) {
    const found = [...document.querySelectorAll(at)].filter((node) => !node.closest("template"));
    if (found.length && !isPast()) return found.at(-1);
  }
  return null;
}

/** Return the channel id of the place a step is at, for the screen shown. */
export function placeOf(step) {
  const wanted = step.in === "direct" ? (each) => each.is_direct : (each) => each.name === step.in;
  return step.in ? state.screen?.places.find(wanted)?.id : undefined;
}

function offerCommand() {
  const input = document.querySelector(".composer input");
  if (input && !input.value) type(input, COMMAND);
}
