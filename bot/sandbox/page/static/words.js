// The words of the page, from the template in the HTML.

const WORDS = new Map(
  [...document.getElementById("words").content.querySelectorAll("[data-word]")].map((node) => [
    node.dataset.word,
    node.textContent.trim().replace(/\s+/g, " "),
  ]),
);

/** Return a word or sentence; names in braces are replaced. */
export function word(name, values = {}) {
  const text = WORDS.get(name);
  if (text === undefined) throw new Error(`no word ${name}`);
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

export const hasWord = (name) => WORDS.has(name);
