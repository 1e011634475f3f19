// What every control has in common: how it is called, where focus returns to, when the app is told.

import { confirmed } from "./dialogs.js";
import { choose } from "./fields.js";

export const focusKey = (spec, context) => `${context.block.block_id}/${spec.action_id}/${spec.value ?? ""}`;

/** Attributes every control has: how it is called, whether it is wrong, where focus returns to. */
export function common(spec, context) {
  return {
    "aria-label": context.labelled ? undefined : (spec.placeholder?.text ?? context.label),
    "aria-describedby": context.describedBy,
    "aria-invalid": context.invalid ? "true" : undefined,
    autofocus: spec.focus_on_load === true,
    id: context.id,
    dataset: { focus: focusKey(spec, context) },
  };
}

/** Return whether a change has to be told at once: everywhere but in plain inputs. */
export const tells = (context) => context.block.type !== "input" || context.block.dispatch_action === true;

/** Choose a value, after the confirmation where the element asks for one; `undo` puts the control back. */
export async function pick(spec, context, value, shown, undo) {
  const confirm = tells(context) ? await confirmed(spec) : undefined;
  if (confirm === false) undo?.();
  else await choose(context.field, value, shown, confirm);
}
