// Language and appearance of the page.

import { refused } from "./dialogs.js";
import { byId } from "./dom.js";
import { post, subscribe } from "./store.js";

const THEME = "overture-theme";
const chosen = document.body.dataset.language;
// A story that is asked for begins in this language.
let told = Boolean(document.body.dataset.scenario);

export function startPreferences() {
  startTheme();
  byId("language").addEventListener("change", ({ target }) => {
    const address = new URL(location.href);
    address.searchParams.set("lang", target.value);
    location.assign(address);
  });
  startTools();
  subscribe(speak);
}

/** People in Slack, and the bot with them, follow the language of the page that was opened last. */
function speak({ world }) {
  if (told || !world) return;
  told = true;
  if (world.language !== chosen) post("/api/language", { language: chosen }).catch(refused);
}

/** Where it is narrow the tools are behind a button; they go away again like any menu. */
function startTools() {
  const [toggle, tools] = [byId("tools-toggle"), byId("tools")];
  const open = (isOpen) => {
    tools.classList.toggle("open", isOpen);
    toggle.setAttribute("aria-expanded", String(isOpen));
  };
  toggle.addEventListener("click", () => open(!tools.classList.contains("open")));
  document.addEventListener("click", ({ target }) => {
    if (!toggle.contains(target) && !target.closest("#tools label")) open(false);
  });
  tools.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    open(false);
    toggle.focus();
  });
}

function startTheme() {
  const theme = byId("theme");
  theme.value = localStorage.getItem(THEME) ?? "auto";
  const show = () => (document.documentElement.dataset.theme = theme.value);
  theme.addEventListener("change", () => {
    localStorage.setItem(THEME, theme.value);
    show();
  });
  show();
}
