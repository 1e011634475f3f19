// What a person typed and chose, until Slack has it: nothing is lost when a view is drawn again.

import { refused } from "./dialogs.js";
import { actInSlack, onStartOver, state } from "./store.js";

const PAUSE_MS = 500;
const typed = new Map();
const unsent = new Map();

onStartOver(() => {
  for (const { timer } of unsent.values()) clearTimeout(timer);
  typed.clear();
  unsent.clear();
});

/**
 * A field is `{surface, block_id, action_id}`, its surface `{view}` or `{channel, ts}`. Slack keeps what is typed
 * by exactly these, so a view that is replaced under the same ids keeps it.
 */
const keyOf = ({ surface, block_id, action_id }) =>
  [state.me, surface.view ?? `${surface.channel}/${surface.ts}`, block_id, action_id].join("\n");

/** Return what was typed, or what Slack holds. */
export function held(field, fallback) {
  const key = keyOf(field);
  return typed.has(key) ? typed.get(key) : fallback;
}

/** Keep a text; Slack gets it after a pause, or before the next thing that is done. */
export function type(field, value) {
  const key = keyOf(field);
  typed.set(key, value);
  clearTimeout(unsent.get(key)?.timer);
  const person = state.me;
  const send = () => {
    unsent.delete(key);
    actInSlack({ act: "fill", ...field, person, value: value || null }).catch(refused);
  };
  unsent.set(key, { send, timer: setTimeout(send, PAUSE_MS) });
}

/** Hand over everything typed; the next act comes after it. */
export function flush() {
  for (const { send, timer } of [...unsent.values()]) {
    clearTimeout(timer);
    send();
  }
}

/** Choose in a select, picker or menu. `shown` is what the field holds from now on. */
export async function choose(field, value, shown, confirm) {
  const key = keyOf(field);
  const before = typed.get(key);
  typed.set(key, shown);
  flush();
  try {
    await actInSlack({ act: "choose", ...field, value, ...(confirm === undefined ? {} : { confirm }) });
  } catch (error) {
    if (before === undefined) typed.delete(key);
    else typed.set(key, before);
    refused(error);
  }
}

/** Press Enter in a field that tells the app at once. */
export function enter(field, value) {
  flush();
  return actInSlack({ act: "enter", ...field, value }).catch(refused);
}
