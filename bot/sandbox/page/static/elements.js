// Interactive elements: Slack's types as native controls.

import { CHOICES } from "./choices.js";
import { common, focusKey, pick, tells } from "./controls.js";
import { fromLocal, toLocal } from "./dates.js";
import { confirmed, refused } from "./dialogs.js";
import { button, el, icon } from "./dom.js";
import { choose, enter, flush, held, type } from "./fields.js";
import { openLink } from "./links.js";
import { text } from "./mrkdwn.js";
import { actInSlack } from "./store.js";
import { suggestionsField } from "./suggestions.js";
import { word } from "./words.js";

/**
 * Return the control for an element. `context` is `{surface, block, values, invalid, describedBy, label}`:
 * where it stands, what Slack holds there, and how it is called.
 */
export function element(spec, context) {
  const make = ELEMENTS[spec.type];
  return make ? make(spec, at(spec, context)) : el("span", { class: "unknown" }, word("unknown_element", { type: spec.type }));
}

function at(spec, context) {
  const { surface, block } = context;
  const field = { surface, block_id: block.block_id, action_id: spec.action_id };
  return { ...context, field, state: context.values?.[block.block_id]?.[spec.action_id] ?? {} };
}

function press(spec, context) {
  const onclick = async (event) => {
    const pressed = event.currentTarget;
    const confirm = await confirmed(spec);
    flush();
    pressed.setAttribute("aria-busy", "true");
    const click = { act: "click", surface: context.surface, action_id: spec.action_id, text: spec.text.text };
    const more = { value: spec.value ?? null, confirm: confirm ?? null };
    try {
      await actInSlack({ ...click, ...more });
      if (spec.url && confirm !== false) openLink(spec.url);
    } catch (error) {
      refused(error);
    } finally {
      pressed.removeAttribute("aria-busy");
    }
  };
  const dataset = { focus: focusKey(spec, context), action: spec.action_id };
  const props = { class: spec.style ?? "", dataset, title: spec.url };
  return button(text(spec.text), onclick, { ...props, "aria-label": spec.accessibility_label });
}

function textInput(kind) {
  return (spec, context) => {
    const props = {
      ...common(spec, context),
      value: held(context.field, context.state.value ?? ""),
      placeholder: spec.placeholder?.text,
      maxlength: spec.max_length ?? 3000,
      oninput: (event) => typing(spec, context, event.target.value),
      onkeydown: (event) => entering(spec, context, event),
    };
    if (spec.multiline) return el("textarea", { rows: "6", ...props });
    return el("input", { type: "text", autocomplete: "off", ...props, ...kind });
  };
}

const triggers = (spec) => spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];

function typing(spec, context, value) {
  if (tells(context) && triggers(spec).includes("on_character_entered")) choose(context.field, value || null, value);
  else type(context.field, value);
}

function entering(spec, context, event) {
  const tellsNow = tells(context) && triggers(spec).includes("on_enter_pressed");
  if (event.key !== "Enter" || event.isComposing || !tellsNow || spec.multiline) return;
  event.preventDefault();
  enter(context.field, event.target.value);
}

function picker(kind, read) {
  return (spec, context) => {
    const value = held(context.field, read(context.state)) ?? "";
    const onchange = ({ target }) => pick(spec, context, target.value || null, target.value, () => (target.value = value));
    return el("input", { type: kind, value, onchange, ...common(spec, context) });
  };
}

function dateAndTime(spec, context) {
  const stored = held(context.field, context.state.selected_date_time ?? null);
  const onchange = ({ target }) => {
    const seconds = fromLocal(target.value);
    pick(spec, context, seconds, seconds);
  };
  const value = stored === null ? "" : toLocal(stored);
  return el("input", { type: "datetime-local", value, onchange, ...common(spec, context) });
}

function overflow(spec, context) {
  const menu = el("details", { class: "menu" }, el("summary", { "aria-label": word("more"), dataset: { focus: focusKey(spec, context) } }, icon("more")));
  const items = spec.options.map((option) =>
    button([el("span", {}, text(option.text)), option.description && el("small", {}, option.description.text)], async () => {
      menu.open = false;
      await pick(spec, context, option.value, null);
      if (option.url) openLink(option.url);
    }),
  );
  menu.append(el("div", { class: "menu-items" }, items));
  menu.addEventListener("keydown", (event) => event.key === "Escape" && (menu.open = false));
  return menu;
}

/** Return an image that is on this machine, or a frame that says what would be there. */
export function image(spec, props = {}) {
  const address = spec.image_url ?? spec.slack_file?.url ?? "";
  if (/^(data:image\/|\/)/.test(address)) return el("img", { src: address, alt: spec.alt_text, ...props });
  const host = URL.canParse(address) ? new URL(address).host : "slack.com";
  const label = `${spec.alt_text}. ${word("remote_image", { host })}`;
  return el("span", { class: "no-image", role: "img", "aria-label": label, title: address, ...props }, spec.alt_text);
}

const ELEMENTS = {
  ...CHOICES,
  button: press,
  image: (spec) => image(spec, { class: "thumb" }),
  overflow,
  plain_text_input: textInput({}),
  email_text_input: textInput({ type: "email" }),
  url_text_input: textInput({ type: "url" }),
  number_input: textInput({ inputmode: "decimal" }),
  external_select: suggestionsField(false),
  multi_external_select: suggestionsField(true),
  datepicker: picker("date", (stored) => stored.selected_date),
  timepicker: picker("time", (stored) => stored.selected_time),
  datetimepicker: dateAndTime,
};
