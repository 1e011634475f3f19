// What is offered while a slash command is typed: arrows choose, Tab or Enter takes, Escape sends it away.

import { el } from "./dom.js";
import { state } from "./store.js";
import { hasWord, word } from "./words.js";

const LINGER_MS = 150;

export class Completion {
  /** `input` is a combobox, `list` its listbox. */
  constructor(input, list) {
    this.input = input;
    this.list = list;
    this.commands = [];
    this.chosen = 0;
    input.addEventListener("keydown", (event) => this.key(event));
    // A click on an entry comes after the line has lost the focus.
    input.addEventListener("blur", () => setTimeout(() => this.hide(), LINGER_MS));
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
    const name = command.slice(1).replaceAll("-", "_");
    const told = (kind, otherwise) => (hasWord(`${kind}_${name}`) ? word(`${kind}_${name}`) : otherwise);
    const props = { role: "option", id: `completion-${index}`, "aria-selected": String(index === this.chosen) };
    const head = el("span", {}, el("b", {}, command), " ", el("span", { class: "usage" }, told("usage", "")));
    return el("li", { ...props, onclick: () => this.take(command) }, head, el("small", {}, told("command", word("command_other"))));
  }

  take(command) {
    this.input.value = `${command} `;
    this.input.dispatchEvent(new Event("input"));
    this.input.focus();
  }

  key(event) {
    const count = this.commands.length;
    if (!count) return;
    const step = { ArrowDown: 1, ArrowUp: count - 1 }[event.key];
    const isWhole = this.commands[this.chosen] === this.input.value;
    if (step !== undefined) this.chosen = (this.chosen + step) % count;
    else if (event.key === "Escape") this.commands = [];
    else if (event.key === "Tab" || (event.key === "Enter" && !isWhole)) this.take(this.commands[this.chosen]);
    else return;
    event.preventDefault();
    this.draw();
  }
}
