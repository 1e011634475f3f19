// What the page knows, and the one way to the server.

import { word } from "./words.js";

export const CUSTOMER = "customer";

const nothingOpen = () => ({ domain: "", role: "global_administrator", mail: null, link: "", page: null, done: "", refusal: "" });

/**
 * `me` is a Slack user id or CUSTOMER, `place` a channel id or "home". `screen` is what /api/screen said for
 * `me`, null until it has; `people` is the part of it that is the same for everyone. `world` is what /api/world
 * said, `tour` what /api/tour said, `portal` what the customer's administrator has open. `telling` counts up when
 * somebody starts over.
 */
export const state = {
  me: document.body.dataset.start,
  place: null,
  screen: null,
  people: null,
  world: null,
  tour: null,
  traffic: null,
  telling: null,
  portal: nothingOpen(),
};

const listeners = new Set();
const forgetters = new Set();

/** Call `listener` after every change. */
export const subscribe = (listener) => listeners.add(listener);

/** Call `forget` when everything before is gone, because somebody started over. */
export const onStartOver = (forget) => forgetters.add(forget);

/** Replace parts of the state and show it. */
export function change(parts) {
  Object.assign(state, parts);
  for (const listener of listeners) listener(state);
}

/**
 * What the server refused, in words. `kind` is `portal`, `microsoft`, `not_on_screen`, `story`, `invalid` or
 * `http`; `reason` is the portal's own.
 */
export class Refusal extends Error {
  constructor(kind, text, reason = "") {
    super(text);
    this.kind = kind;
    this.reason = reason;
  }
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refusal("http", word("failed"));
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Refusal(body.error?.kind ?? "http", body.error?.text ?? word("failed"), body.error?.reason);
}

/** Return a function that loads; while it runs, further calls lead to one more run. */
function coalesced(load) {
  let running = null;
  let again = false;
  return function start() {
    if (running) {
      again = true;
      return running;
    }
    running = load().catch(ignored).finally(() => {
      running = null;
      if (again) {
        again = false;
        start();
      }
    });
    return running;
  };
}

function ignored(error) {
  if (!(error instanceof Refusal)) throw error;
}

/** Forget what was before, if this is another telling. */
function notice({ telling }) {
  if (state.telling !== null && state.telling !== telling) {
    Object.assign(state, { place: null, screen: null, tour: null, traffic: null, portal: nothingOpen() });
    for (const forget of forgetters) forget();
  }
  state.telling = telling;
}

async function loadScreen() {
  const me = state.me;
  const screen = await request(`/api/screen?as=${encodeURIComponent(me)}`);
  notice(screen);
  if (me === state.me) change({ screen, people: screen });
}

async function loadWorld() {
  const world = await request("/api/world");
  notice(world);
  change({ world: { ...world, received: Date.now() } });
}

export const refresh = {
  slack: coalesced(loadScreen),
  world: coalesced(loadWorld),
  tour: coalesced(async () => change({ tour: await request("/api/tour") })),
  traffic: coalesced(async () => change(await request("/api/traffic"))),
};

let queue = Promise.resolve();

/** Do one thing after the other, in the order they were asked for. Rejects with a Refusal. */
export function act(path, body) {
  const done = queue.then(() => post(path, body));
  queue = done.catch(() => {});
  return done;
}

/** Do something at once, whatever else is under way. Rejects with a Refusal. */
export const post = (path, body) =>
  request(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Do something in Slack as the person shown, unless `body` names another. */
export const actInSlack = (body) => act("/api/slack", { person: state.me, ...body });
