// external_select: the app is asked for options while a person types.

import { refused } from "./dialogs.js";
import { button, el } from "./dom.js";
import { choose, held } from "./fields.js";
import { actInSlack } from "./store.js";
import { word } from "./words.js";

const PAUSE_MS = 300;
const SHORTEST_QUERY = 3;

/** Return a maker of elements: a search box, what was found, and what is chosen. */
export function suggestionsField(isMulti) {
  return (spec, context) => {
    const { selected_option: one, selected_options: several } = context.state;
    let chosen = held(context.field, isMulti ? (several ?? []) : one ? [one] : []);
    const picked = el("div", { class: "picked" });
    const found = el("div", { class: "found", role: "group", "aria-live": "polite" });

    const take = (options) => {
      chosen = options;
      const values = options.map((option) => option.value);
      choose(context.field, isMulti ? values : (values[0] ?? null), options);
      search.value = "";
      found.replaceChildren();
      show();
    };
    const show = () => {
      const chip = (option) =>
        button(`${option.text.text} ×`, () => take(chosen.filter((each) => each !== option)), { class: "chip" });
      picked.replaceChildren(...chosen.map(chip));
    };
    const offer = (options) => {
      const pick = (option) => () => take(isMulti ? [...chosen, option] : [option]);
      const rows = options.map((option) => button(option.text.text, pick(option)));
      found.replaceChildren(...(rows.length ? rows : [el("p", { class: "hint" }, word("no_options"))]));
    };
    const search = el("input", {
      type: "search",
      autocomplete: "off",
      placeholder: spec.placeholder?.text ?? word("type_to_search"),
      "aria-label": context.label,
      id: context.id,
      oninput: debounced((typed) => ask(spec, context, typed).then(offer).catch(refused), spec),
    });
    show();
    return el("div", { class: "suggestions" }, picked, search, found);
  };
}

async function ask(spec, context, typed) {
  return (await actInSlack({ act: "suggest", ...context.field, typed })).options;
}

function debounced(then, spec) {
  let timer;
  return ({ target }) => {
    clearTimeout(timer);
    if (target.value.length < (spec.min_query_length ?? SHORTEST_QUERY)) return;
    timer = setTimeout(() => then(target.value), PAUSE_MS);
  };
}
