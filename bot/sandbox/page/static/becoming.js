// Being somebody else, where that person was last.

import { change, onStartOver, refresh, state } from "./store.js";

const MOST_TRIES = 5;
const lastPlaces = new Map();
onStartOver(() => lastPlaces.clear());

/** Become another person, at `place` or where that person was last. */
export function become(me, place) {
  if (state.me !== me) {
    lastPlaces.set(state.me, state.place);
    change({ me, place: place ?? lastPlaces.get(me) ?? null, screen: null });
  } else if (place) change({ place });
  refresh.slack();
}

/** Become another person, and wait until it is known what they see. */
export async function becomeAndSee(me) {
  become(me);
  for (let tries = 0; tries < MOST_TRIES && state.me === me && !state.screen; tries += 1) await refresh.slack();
}
