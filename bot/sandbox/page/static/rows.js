// Rows of lists that are kept up to date.

import { el } from "./dom.js";
import { word } from "./words.js";

/** Return an item for `reconcile`; `make` runs again when any of `facts` changes. */
export const item = (key, facts, make) => ({ key: String(key), version: JSON.stringify(facts), make });

/** Return the one row of a list that has nothing to show. */
export const nothing = (name) => [item("none", "", () => el("li", { class: "hint" }, word(name)))];
