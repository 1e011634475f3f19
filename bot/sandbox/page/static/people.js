// Who there is, and how each is shown.

import { el } from "./dom.js";
import { CUSTOMER, state } from "./store.js";

/** Return the id of a person by the name used in addresses: `ana`, `ben`, or CUSTOMER. */
export const idOf = (name) =>
  name === CUSTOMER ? CUSTOMER : Object.entries(state.people?.users ?? {}).find(([, user]) => user.name === name)?.[0];

/** Return the name used in addresses of a person by id. */
export const nameOf = (id) => (id === CUSTOMER ? CUSTOMER : state.people?.users[id]?.name);

/** Return the app's account. */
export const app = () => state.people.users[state.people.app];

/** Return a mark with a person's initials, in a tone of their own. */
export function avatar(id, user) {
  const ids = Object.keys(state.people?.users ?? {});
  const tone = user?.is_bot ? "app" : `tone-${Math.max(0, ids.indexOf(id)) % 5}`;
  const initials = (user?.real_name ?? id).split(" ").map((part) => part[0]).slice(0, 2).join("");
  return el("span", { class: `avatar ${tone}`, "aria-hidden": "true" }, user?.is_bot ? "" : initials);
}
