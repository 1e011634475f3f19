// Narrow windows show one thing at a time: who and where, the screen, or what is around it.

const buttons = [...document.querySelectorAll(".panes button")];

/** Show `side`, `main` or `world`; wide windows show all of them anyway. */
export function showPane(name) {
  document.body.dataset.pane = name;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.pane === name));
  // What had the focus may be out of sight now.
  if (!document.activeElement.checkVisibility()) document.getElementById(name).focus();
}

export function startPanes() {
  for (const button of buttons) button.addEventListener("click", () => showPane(button.dataset.pane));
}
