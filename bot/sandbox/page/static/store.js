// What the page knows, and the one way to the server.

import { word } from "./words.js";

export const CUSTOMER = "customer";

/**
 * `me` is a Slack user id or CUSTOMER, `place` a channel id or "home". `screen` is what /api/screen said for
 * `me`, null until it has; `people` is the part of it that is the same for everyone. `world` is what /api/world
 * said, `portal` what the customer's administrator has open.
 */
export const state = {
  me: document.body.dataset.start,
  place: null,
  screen: null,
  people: null,
  world: null,
  traffic: null,
  portal: { domain: "", role: "global_administrator", mail: null, link: "", page: null, done: "", refusal: "" },
};

const listeners = new Set();

/** Call `listener` after every change. */
export const subscribe = (listener) => listeners.add(listener);

/** Replace parts of the state and show it. */
export function change(parts) {
  Object.assign(state, parts);
  for (const listener of listeners) listener(state);
}

/** What the server refused, in words. `kind` is `portal`, `microsoft`, `not_on_screen`, `invalid` or `http`. */
export class Refusal extends Error {
  constructor(kind, text) {
    super(text);
    this.kind = kind;
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
  if (!response.ok) throw new Refusal(body.error?.kind ?? "http", body.error?.text ?? word("failed"));
  return body;
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
    running = load().finally(() => {
      running = null;
      if (again) {
        again = false;
        start();
      }
    });
    return running;
  };
}

async function loadScreen() {
  const me = state.me;
  const screen = await request(`/api/screen?as=${encodeURIComponent(me)}`);
  if (me === state.me) change({ screen, people: screen });
}

async function loadWorld() {
  const world = await request("/api/world");
  change({ world: { ...world, received: Date.now() } });
}

async function loadTraffic() {
  change(await request("/api/traffic"));
}

export const refresh = {
  slack: coalesced(() => loadScreen().catch(ignored)),
  world: coalesced(() => loadWorld().catch(ignored)),
  traffic: coalesced(() => loadTraffic().catch(ignored)),
};

function ignored(error) {
  if (!(error instanceof Refusal)) throw error;
}

let queue = Promise.resolve();

/** Do one thing after the other, in the order they were asked for. Rejects with a Refusal. */
export function act(path, body) {
  const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const done = queue.then(() => request(path, options));
  queue = done.catch(() => {});
  return done;
}

/** Do something in Slack as the person shown. */
export const actInSlack = (body) => act("/api/slack", { person: state.me, ...body });

const lastPlaces = new Map();

/** Become another person, at `place` or where that person was last. */
export function become(me, place) {
  if (state.me !== me) {
    lastPlaces.set(state.me, state.place);
    change({ me, place: place ?? lastPlaces.get(me) ?? null, screen: null });
  } else if (place) change({ place });
  refresh.slack();
}
