// rich_text blocks and the cells of tables.

import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { linkNode } from "./links.js";
import { broadcast, channelMention, dateNode, groupMention, userMention } from "./mrkdwn.js";
import { word } from "./words.js";

const STYLES = { bold: "b", italic: "i", strike: "s", underline: "u", highlight: "mark", code: "code" };
const unknown = (type) => el("span", { class: "unknown" }, word("unknown_element", { type }));

const PARTS = {
  text: (part) => part.text,
  link: (part) => linkNode(part.url, part.text ? [part.text] : undefined),
  user: (part) => userMention(part.user_id),
  usergroup: (part) => groupMention(part.usergroup_id),
  channel: (part) => channelMention(part.channel_id),
  emoji: (part) => emoji(part.name) ?? `:${part.name}:`,
  broadcast: (part) => broadcast(part.range),
  date: (part) => dateNode(part.timestamp, part.format, part.url, part.fallback),
};

const CONTAINERS = {
  rich_text_section: (element) => el("p", { class: "rich" }, inline(element)),
  rich_text_quote: (element) => el("blockquote", {}, inline(element)),
  rich_text_preformatted: (element) => el("pre", {}, inline(element)),
  rich_text_list: list,
};

/** Return nodes for a rich_text block. */
export function richText(block) {
  return block.elements.map((element) => (CONTAINERS[element.type] ?? (() => unknown(element.type)))(element));
}

function inline(element) {
  return element.elements.map((part) => withStyle(part, (PARTS[part.type] ?? (() => unknown(part.type)))(part)));
}

function withStyle(part, node) {
  const styles = Object.keys(STYLES).filter((name) => part.style?.[name]);
  return styles.reduce((inner, name) => el(STYLES[name], {}, inner), node);
}

function list(element) {
  const props = { class: `rich indent-${element.indent ?? 0}` };
  if (element.style === "ordered" && element.offset) props.start = String(element.offset + 1);
  const items = element.elements.map((item) => el("li", {}, inline(item)));
  return el(element.style === "ordered" ? "ol" : "ul", props, items);
}
