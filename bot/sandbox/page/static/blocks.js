// Block Kit from JSON. What is not known here is shown as such, never dropped.

import { el } from "./dom.js";
import { element, image } from "./elements.js";
import { mrkdwn, text } from "./mrkdwn.js";
import { richText } from "./rich_text.js";
import { word } from "./words.js";

/** Return nodes for blocks. `context` is `{surface, values, errors}`. */
export function blocks(list, context) {
  return list.map((block) => {
    const make = BLOCKS[block.type];
    const node = make ? make(block, { ...context, block, label: labelOf(block) }) : unknown(block.type);
    if (block.block_id) node.dataset.block = block.block_id;
    return node;
  });
}

const unknown = (type) => el("div", { class: "block unknown" }, word("unknown_block", { type }));
const labelOf = (block) => block.label?.text ?? block.text?.text;

function section(block, context) {
  const body = el("div", { class: "section-body" });
  if (block.text) body.append(el("div", { class: "text" }, text(block.text)));
  if (block.fields) body.append(el("div", { class: "fields" }, block.fields.map((field) => el("div", {}, text(field)))));
  const accessory = block.accessory && el("div", { class: "accessory" }, element(block.accessory, context));
  return el("div", { class: "block section" }, body, accessory);
}

function contextBlock(block) {
  const parts = block.elements.map((part) => {
    if (part.type === "image") return image(part, { class: "small-image" });
    return el("span", {}, text(part));
  });
  return el("div", { class: "block context" }, parts);
}

let inputs = 0;

function input(block, context) {
  const id = `field-${(inputs += 1)}`;
  const error = context.errors?.[block.block_id];
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const label = el("label", { for: id, id: `${id}-label` }, text(block.label));
  if (block.optional) label.append(" ", el("small", {}, word("optional")));
  const more = { id, labelled: `${id}-label`, describedBy: described || undefined, invalid: Boolean(error) };
  return el(
    "div",
    { class: error ? "block input wrong" : "block input" },
    label,
    element(block.element, { ...context, ...more }),
    error && el("p", { class: "error", id: `${id}-error` }, error),
    block.hint && el("p", { class: "hint", id: `${id}-hint` }, text(block.hint)),
  );
}

function imageBlock(block) {
  const caption = block.title && el("figcaption", {}, text(block.title));
  return el("figure", { class: "block image" }, caption, image(block));
}

function cell(spec, tag, align) {
  const props = { class: `align-${align ?? (spec.type === "raw_number" ? "right" : "left")}` };
  return el(tag, props, spec.type === "rich_text" ? richText(spec) : String(spec.text ?? ""));
}

function table(block) {
  const settings = block.column_settings ?? [];
  const row = (cells, tag) => el("tr", {}, cells.map((spec, index) => cell(spec, tag, settings[index]?.align)));
  const [head, ...rest] = block.rows;
  const caption = block.caption && el("caption", {}, block.caption);
  const grid = el("table", {}, caption, el("thead", {}, row(head, "th")), el("tbody", {}, rest.map((cells) => row(cells, "td"))));
  return el("div", { class: "block table", tabindex: "0" }, grid);
}

function container(block, context) {
  const title = block.title ? text(block.title) : richText(block.rich_text_title);
  const heading = [el("b", {}, title), block.subtitle && el("small", {}, text(block.subtitle))];
  const children = blocks(block.child_blocks, context);
  if (!block.is_collapsible) return el("div", { class: "block container" }, el("div", { class: "heading" }, heading), children);
  const open = !block.default_collapsed;
  return el("details", { class: "block container", open }, el("summary", {}, heading), children);
}

function video(block) {
  return el("div", { class: "block no-image", title: block.video_url }, el("b", {}, text(block.title)), " ", word("video"));
}

const BLOCKS = {
  actions: (block, context) =>
    el("div", { class: "block actions" }, block.elements.map((spec) => element(spec, { ...context, label: undefined }))),
  alert: (block) => el("div", { class: `block alert ${block.level ?? "default"}`, role: "note" }, text(block.text)),
  container,
  context: contextBlock,
  data_table: table,
  divider: () => el("hr", { class: "block" }),
  header: (block) => el("h3", { class: "block" }, text(block.text)),
  image: imageBlock,
  input,
  markdown: (block) => el("div", { class: "block markdown" }, block.text),
  rich_text: (block) => el("div", { class: "block" }, richText(block)),
  section,
  table,
  video,
};

/** Return what a message shows: its blocks, else its text; then its attachments. */
export function messageBody(message, context) {
  const body = message.blocks?.length
    ? blocks(message.blocks, context)
    : message.text && el("div", { class: "block text" }, mrkdwn(message.text));
  const attachments = (message.attachments ?? []).map((attachment) => attached(attachment, context));
  return [body, attachments];
}

function attached(attachment, context) {
  const body = attachment.blocks
    ? blocks(attachment.blocks, context)
    : el("div", { class: "block text" }, mrkdwn(attachment.text ?? attachment.fallback ?? ""));
  return el("div", { class: "attachment" }, body);
}
