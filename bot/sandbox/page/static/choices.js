// Selects, check boxes and radio buttons: everything that offers a list.

import { common, focusKey, pick } from "./controls.js";
import { el } from "./dom.js";
import { held } from "./fields.js";
import { text } from "./mrkdwn.js";
import { state } from "./store.js";
import { word } from "./words.js";

const optionText = (option) =>
  option.description ? `${option.text.text} — ${option.description.text}` : option.text.text;

/** Return `[value, label]` choices of a select, in groups: `[label or null, choices]`. */
function groups(spec) {
  const listed = (options) => options.map((option) => [option.value, optionText(option)]);
  if (spec.option_groups) return spec.option_groups.map((group) => [group.label.text, listed(group.options)]);
  return [[null, listed(spec.options ?? [])]];
}

const people = () => [[null, Object.entries(state.screen.users).map(([id, user]) => [id, user.real_name])]];

function conversations(spec) {
  const only = spec.filter?.include ?? ["public", "private", "im"];
  const kind = (place) => (place.is_direct ? "im" : place.is_private ? "private" : "public");
  const wanted = (place) => (spec.type.endsWith("channels_select") ? !place.is_direct : only.includes(kind(place)));
  const name = (place) => (place.is_direct ? state.screen.users[state.screen.app].real_name : `#${place.name}`);
  return [[null, state.screen.places.filter(wanted).map((place) => [place.id, name(place)])]];
}

function singleSelect(choices, read) {
  return (spec, context) => {
    const chosen = held(context.field, read(context.state)) ?? "";
    const options = choices(spec).map(([label, items]) => {
      const nodes = items.map(([value, shown]) => el("option", { value, selected: value === chosen }, shown));
      return label === null ? nodes : el("optgroup", { label }, nodes);
    });
    const empty = el("option", { value: "", selected: chosen === "" }, spec.placeholder?.text ?? word("choose"));
    const onchange = ({ target }) =>
      pick(spec, context, target.value || null, target.value, () => (target.value = chosen));
    return el("select", { ...common(spec, context), onchange }, empty, options);
  };
}

function multiSelect(choices, read) {
  return (spec, context) => {
    const items = choices(spec).flatMap(([, options]) => options);
    const labelled = items.map(([value, shown]) => ({ value, label: [shown] }));
    return ticks(spec, context, labelled, read(context.state) ?? []);
  };
}

function richOptions(spec) {
  return spec.options.map((option) => ({
    value: option.value,
    label: [el("span", {}, text(option.text)), option.description && el("small", {}, text(option.description))],
  }));
}

/** Return a list of check boxes. `stored` are the values Slack holds. */
function ticks(spec, context, options, stored) {
  const chosen = new Set(held(context.field, stored));
  const onchange = ({ target }) => {
    const next = new Set(chosen);
    if (target.checked) next.add(target.value);
    else next.delete(target.value);
    const values = options.map((option) => option.value).filter((value) => next.has(value));
    pick(spec, context, values, values, () => (target.checked = !target.checked)).then(() => {
      chosen.clear();
      for (const value of held(context.field, values)) chosen.add(value);
    });
  };
  return choiceList("checkbox", spec, context, options, (value) => chosen.has(value), onchange);
}

function radios(spec, context) {
  const chosen = held(context.field, context.state.selected_option?.value ?? null);
  const onchange = ({ target }) => pick(spec, context, target.value, target.value);
  return choiceList("radio", spec, context, richOptions(spec), (value) => value === chosen, onchange);
}

function choiceList(kind, spec, context, options, isChosen, onchange) {
  const name = `${context.surface.view ?? context.surface.ts}/${context.block.block_id}/${spec.action_id}`;
  const rows = options.map(({ value, label }, index) => {
    const dataset = { focus: `${focusKey(spec, context)}/${value}` };
    const autofocus = spec.focus_on_load === true && index === 0;
    const input = el("input", { type: kind, name, value, checked: isChosen(value), onchange, dataset, autofocus });
    return el("label", { class: "choice" }, input, el("span", { class: "choice-text" }, label));
  });
  const { id, "aria-describedby": describedBy, "aria-invalid": invalid } = common(spec, context);
  const props = { role: kind === "radio" ? "radiogroup" : "group", class: "choices", id, tabindex: id ? "-1" : undefined };
  const named = context.labelled ? { "aria-labelledby": context.labelled } : { "aria-label": context.label };
  return el("div", { ...props, ...named, "aria-describedby": describedBy, "aria-invalid": invalid }, rows);
}

const value = (stored) => stored.selected_option?.value ?? null;
const values = (stored) => stored.selected_options?.map((option) => option.value);

export const CHOICES = {
  static_select: singleSelect(groups, value),
  users_select: singleSelect(people, (stored) => stored.selected_user),
  conversations_select: singleSelect(conversations, (stored) => stored.selected_conversation),
  channels_select: singleSelect(conversations, (stored) => stored.selected_channel),
  multi_static_select: multiSelect(groups, values),
  multi_users_select: multiSelect(people, (stored) => stored.selected_users),
  multi_conversations_select: multiSelect(conversations, (stored) => stored.selected_conversations),
  multi_channels_select: multiSelect(conversations, (stored) => stored.selected_channels),
  checkboxes: (spec, context) => ticks(spec, context, richOptions(spec), values(context.state) ?? []),
  radio_buttons: radios,
};
