// The line one writes in: messages, and slash commands with completion.

import { refused } from "./dialogs.js";
import { button, el } from "./dom.js";
import { actInSlack, state } from "./store.js";
import { hasWord, word } from "./words.js";

const drafts = new Map();

/** Return the composer of a place. */
export function composer(place) {
  const key = `${state.me}/${place.id}`;
  const list = el("ul", { class: "completions", role: "listbox", id: "completions", hidden: true });
  const input = el("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-autocomplete": "list",
    "aria-controls": "completions",
    "aria-expanded": "false",
    "aria-label": word("compose"),
    placeholder: word("compose"),
    value: drafts.get(key) ?? "",
  });
  const completion = new Completion(input, list);
  input.addEventListener("input", () => {
    drafts.set(key, input.value);
    completion.offer();
  });
  input.addEventListener("blur", () => setTimeout(() => completion.hide(), 150));
  const onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    say(place, text, input);
    drafts.delete(key);
    input.value = "";
    completion.hide();
  };
  const send = el("button", { type: "submit", class: "primary" }, word("send"));
  return el("form", { class: "composer", onsubmit }, list, input, send);
}

async function say(place, text, input) {
  input.setAttribute("aria-busy", "true");
  await actInSlack({ act: "say", channel: place.id, text }).catch(refused);
  input.removeAttribute("aria-busy");
}

class Completion {
  constructor(input, list) {
    this.input = input;
    this.list = list;
    this.chosen = 0;
    input.addEventListener("keydown", (event) => this.key(event));
  }

  offer() {
    const typed = this.input.value;
    this.commands = /^\/\S*$/.test(typed) ? state.screen.commands.filter((command) => command.startsWith(typed)) : [];
    this.chosen = 0;
    this.draw();
  }

  hide() {
    this.commands = [];
    this.draw();
  }

  draw() {
    const shown = this.commands.length > 0;
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    this.list.replaceChildren(...this.commands.map((command, index) => this.row(command, index)));
    if (shown) this.input.setAttribute("aria-activedescendant", `completion-${this.chosen}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  row(command, index) {
    const name = `command_${command.slice(1).replaceAll("-", "_")}`;
    const hint = word(hasWord(name) ? name : "command_other");
    const props = { role: "option", id: `completion-${index}`, "aria-selected": String(index === this.chosen) };
    return el("li", { ...props, onclick: () => this.take(command) }, el("b", {}, command), " ", el("span", {}, hint));
  }

  take(command) {
    this.input.value = `${command} `;
    this.input.dispatchEvent(new Event("input"));
    this.input.focus();
  }

  key(event) {
    const count = this.commands?.length ?? 0;
    if (!count) return;
    const step = { ArrowDown: 1, ArrowUp: count - 1 }[event.key];
    const isWhole = this.commands[this.chosen] === this.input.value;
    if (step !== undefined) this.chosen = (this.chosen + step) % count;
    else if (event.key === "Escape") this.commands = [];
    else if (event.key === "Tab" || (event.key === "Enter" && !isWhole)) return this.pick(event);
    else return;
    event.preventDefault();
    this.draw();
  }

  pick(event) {
    event.preventDefault();
    this.take(this.commands[this.chosen]);
  }
}

/** Return the buttons of the app's global shortcuts. */
export function shortcutButtons() {
  return state.screen.shortcuts.map((callbackId) => {
    const name = `shortcut_${callbackId}`;
    const label = hasWord(name) ? word(name) : callbackId;
    const use = () => actInSlack({ act: "shortcut", callback_id: callbackId }).catch(refused);
    return el("li", {}, button(label, use));
  });
}
