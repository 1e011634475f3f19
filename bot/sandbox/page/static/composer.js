// The line one writes in: messages, and slash commands with completion.

import { Completion } from "./completion.js";
import { refused } from "./dialogs.js";
import { button, el, icon } from "./dom.js";
import { showPane } from "./panes.js";
import { actInSlack, onStartOver, state } from "./store.js";
import { hasWord, word } from "./words.js";

const drafts = new Map();
onStartOver(() => drafts.clear());

/** Return the composer of a place. */
export function composer(place) {
  const key = `${state.me}/${place.id}`;
  const list = el("ul", { class: "completions", role: "listbox", id: "completions", "aria-label": word("commands"), hidden: true });
  const input = el("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": "completions",
    "aria-expanded": "false",
    "aria-label": word("compose"),
    placeholder: word("compose_in", { place: place.is_direct ? word("the_app") : `#${place.name}` }),
    value: drafts.get(key) ?? "",
  });
  const completion = new Completion(input, list);
  input.addEventListener("input", () => {
    drafts.set(key, input.value);
    completion.offer();
  });
  const onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    say(place, text, input);
    drafts.delete(key);
    input.value = "";
    completion.hide();
  };
  const slash = button("/", () => type(input, "/"), { class: "quiet", "aria-label": word("commands"), title: word("commands") });
  const send = el("button", { type: "submit", class: "primary", "aria-label": word("send"), title: word("send") }, icon("send"));
  return el("form", { class: "composer", onsubmit }, list, slash, input, send);
}

/** Write something into the line, as if a person had typed it. */
export function type(input, text) {
  input.value = text;
  input.focus();
  input.dispatchEvent(new Event("input"));
}

async function say(place, text, input) {
  input.setAttribute("aria-busy", "true");
  await actInSlack({ act: "say", channel: place.id, text }).catch(refused);
  input.removeAttribute("aria-busy");
}

/** Return the buttons of the app's global shortcuts. */
export function shortcutButtons() {
  return state.screen.shortcuts.map((callbackId) => {
    const name = `shortcut_${callbackId}`;
    const label = el("span", { class: "name" }, hasWord(name) ? word(name) : callbackId);
    const use = () => {
      showPane("main");
      actInSlack({ act: "shortcut", callback_id: callbackId }).catch(refused);
    };
    const dataset = { focus: `side/${callbackId}`, shortcut: callbackId };
    return el("li", {}, button([icon("bolt"), label], use, { dataset }));
  });
}
