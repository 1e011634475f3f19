// Builds the page with DOM calls only: text stays text.

const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "open"]);

/** Return an element; `props` are attributes, `on<event>` listeners, `dataset`, or the properties above. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) assign(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function assign(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name === "dataset") Object.assign(node.dataset, value);
  else if (PROPERTIES.has(name)) node[name] = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** Return a button that does not submit anything. */
export function button(label, onclick, props = {}) {
  return el("button", { type: "button", onclick, ...props }, label);
}

export const byId = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

/** Return a mark of `icons.html.j2`; what it means is said by a word beside it. */
export function icon(name) {
  const mark = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  mark.setAttribute("class", "icon");
  mark.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  mark.append(use);
  return mark;
}

/**
 * Make the children of `container` show `items`, in order: `{key, version, make}`.
 * A child is kept while its version stays, and replaced, marked as changed, when it does not.
 */
export function reconcile(container, items) {
  const old = new Map([...container.children].map((node) => [node.dataset.key, node]));
  let place = container.firstElementChild;
  for (const item of items) {
    const node = kept(old.get(item.key), item);
    old.delete(item.key);
    if (node === place) place = place.nextElementSibling;
    else container.insertBefore(node, place?.parentNode === container ? place : null);
  }
  for (const node of old.values()) node.remove();
}

function kept(node, item) {
  if (node && node.dataset.version === item.version) return node;
  const fresh = item.make();
  fresh.dataset.key = item.key;
  fresh.dataset.version = item.version;
  if (node) swap(node, fresh);
  return fresh;
}

function swap(node, fresh) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  fresh.classList.add("changed");
  node.replaceWith(fresh);
  if (focused) restoreFocus(fresh, focused);
}

/** Focus the element inside `root` that carries this focus key; return whether there is one. */
export function restoreFocus(root, key) {
  const wanted = [...root.querySelectorAll("[data-focus]")].find((node) => node.dataset.focus === key);
  wanted?.focus();
  return Boolean(wanted);
}
