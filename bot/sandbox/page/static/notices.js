// What Slack told the person shown, and what of the app's it refused: each once, since the page first looked.

import { toast } from "./dialogs.js";
import { onStartOver, state } from "./store.js";
import { word } from "./words.js";

const toastsSeen = new Map();
let lastRefusal = null;

onStartOver(() => {
  toastsSeen.clear();
  lastRefusal = null;
});

export function showNotices() {
  if (!state.screen) return;
  showToasts(state.screen.toasts);
  showRefusals(state.screen.refusals);
}

function showToasts(toasts) {
  const seen = toastsSeen.get(state.me) ?? toasts.length;
  for (const { text } of toasts.slice(seen)) toast(text, word("slack_says"));
  toastsSeen.set(state.me, toasts.length);
}

function showRefusals(refusals) {
  const newest = refusals.at(-1)?.at ?? "";
  if (lastRefusal === null) lastRefusal = newest;
  for (const each of refusals.filter(({ at }) => at > lastRefusal)) {
    toast([each.error, ...each.why].join("\n"), word("slack_refused", { method: each.method }));
  }
  lastRefusal = newest;
}
