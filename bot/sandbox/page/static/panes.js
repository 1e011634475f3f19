// Narrow windows show one thing at a time: who and where, the screen, or what is around it.

const buttons = [...document.querySelectorAll(".panes button")];

/** Show `side`, `main` or `world`; wide windows show all of them anyway. */
export function showPane(name) {
  document.body.dataset.pane = name;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.pane === name));
}

export function startPanes() {
  for (const button of buttons) button.addEventListener("click", () => showPane(button.dataset.pane));
}
