// Slack's text objects: mrkdwn with its control sequences, plain_text letter for letter.

import { slackDate } from "./dates.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { linkNode } from "./links.js";
import { change, state } from "./store.js";

const NOT_BEFORE = "(?<![\\p{L}\\p{N}])";
const NOT_AFTER = "(?![\\p{L}\\p{N}])";
const styled = (mark, name) =>
  `${NOT_BEFORE}${mark}(?=[^\\s${mark}])(?<${name}>[^\\n]*?[^\\s])${mark}${NOT_AFTER}`;
const TOKEN = new RegExp(
  [
    "<(?<control>[^<>]*)>",
    "`(?<code>[^`\\n]+)`",
    styled("\\*", "bold"),
    styled("_", "italic"),
    styled("~", "strike"),
    ":(?<emoji>[\\w+'-]{1,100}):",
    "(?<url>https?://[^\\s<>|]+)",
  ].join("|"),
  "gu",
);
const QUOTE = /^(?:&gt;|>) ?/;

/** Return nodes for a `plain_text` or `mrkdwn` object. */
export function text(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, { verbatim: object.verbatim === true });
  return [object.emoji === true ? withEmoji(object.text) : object.text];
}

/** Return nodes for marked-up text. `verbatim`: addresses without brackets stay text. */
export function mrkdwn(source, options = {}) {
  const pieces = source.split(/```/);
  const closed = pieces.length % 2 === 1 ? pieces : [...pieces.slice(0, -2), pieces.slice(-2).join("```")];
  return closed.flatMap((piece, index) =>
    index % 2 ? [el("pre", {}, decoded(piece.replace(/^\n/, "")))] : lines(piece, options),
  );
}

/** Return the text with `&lt;`, `&gt;` and `&amp;` undone: nothing else is an entity in Slack. */
export const decoded = (source) => source.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const withEmoji = (source) => source.replace(/:([\w+'-]{1,100}):/g, (whole, name) => emoji(name) ?? whole);

function lines(source, options) {
  const nodes = [];
  let quote = null;
  for (const line of source.split("\n")) {
    if (QUOTE.test(line)) {
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote")));
      quote.append(...inline(line.replace(QUOTE, ""), options));
      continue;
    }
    if (nodes.length && !quote) nodes.push(el("br"));
    quote = null;
    nodes.push(...inline(line, options));
  }
  return nodes;
}

function inline(source, options) {
  const nodes = [];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    nodes.push(decoded(source.slice(end, match.index)), ...token(match, options));
    end = match.index + match[0].length;
  }
  nodes.push(decoded(source.slice(end)));
  return nodes;
}

function token(match, options) {
  const { control, code, bold, italic, strike, emoji: name, url } = match.groups;
  if (control !== undefined) return controlSequence(control, match[0], options);
  if (code !== undefined) return [el("code", {}, decoded(code))];
  if (bold !== undefined) return [el("b", {}, inline(bold, options))];
  if (italic !== undefined) return [el("i", {}, inline(italic, options))];
  if (strike !== undefined) return [el("s", {}, inline(strike, options))];
  if (name !== undefined) return [emoji(name) ?? match[0]];
  if (options.verbatim) return [decoded(url)];
  const address = url.replace(/[.,;:!?)\]]+$/, "");
  return [linkNode(decoded(address)), url.slice(address.length)];
}

function controlSequence(control, whole, options) {
  const bar = control.indexOf("|");
  const target = bar < 0 ? control : control.slice(0, bar);
  const label = bar < 0 ? "" : control.slice(bar + 1);
  if (target.startsWith("@")) return [userMention(target.slice(1), label)];
  if (target.startsWith("#")) return [channelMention(target.slice(1), label)];
  if (target.startsWith("!")) return [special(target.slice(1), label)];
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [linkNode(decoded(target), label ? inline(label, { verbatim: true }) : undefined)];
  return [decoded(whole)];
}

export function userMention(id, label = "") {
  const user = state.people?.users[id];
  const shown = user ? user.real_name : decoded(label) || id;
  return el("span", { class: id === state.me ? "mention me" : "mention", title: id }, `@${shown}`);
}

export function channelMention(id, label = "") {
  const name = state.people?.channel_names[id] ?? (decoded(label) || id);
  const mine = state.screen?.places.some((place) => place.id === id);
  if (!mine) return el("span", { class: "mention" }, `#${name}`);
  return el("a", { class: "mention", role: "link", tabindex: "0", onclick: () => change({ place: id }) }, `#${name}`);
}

export function groupMention(id, label = "") {
  const handle = state.people?.usergroups[id];
  return el("span", { class: "mention", title: id }, handle ? `@${handle}` : decoded(label) || `@${id}`);
}

export const broadcast = (range) => el("span", { class: "mention me" }, `@${range}`);

function special(name, label) {
  const [kind, ...rest] = name.split("^");
  if (kind === "subteam") return groupMention(rest[0] ?? "", label);
  if (["here", "channel", "everyone"].includes(kind)) return broadcast(kind);
  if (kind === "date" && rest.length >= 2) return dateNode(rest[0], rest[1], rest[2], label);
  return decoded(label || `<!${name}>`);
}

/** Return a moment in the viewer's zone; the fallback is what it is called when hovered. */
export function dateNode(seconds, pattern, address, fallback) {
  if (!/^\d{1,12}$/.test(seconds)) return decoded(fallback || String(seconds));
  const shown = slackDate(seconds, decoded(pattern));
  const node = el("time", { datetime: new Date(seconds * 1000).toISOString(), title: decoded(fallback ?? "") }, shown);
  return address ? linkNode(decoded(address), [node]) : node;
}
