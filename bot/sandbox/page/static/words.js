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

/** Return the page's word for a role, or Microsoft's where there is none. */
const roleName = (name) => WORDS.get(`role_${name.toLowerCase().replaceAll(" ", "_")}`) ?? name;

export const roleNames = (names) => names.map(roleName);

/** Return names as one text. */
export const listed = (names) => new Intl.ListFormat(document.documentElement.lang).format(names);

export const hasWord = (name) => WORDS.has(name);
