// Starting over, with a story told in front of one's eyes or without.

import { openDialog, refused, toast } from "./dialogs.js";
import { button, byId, el, icon } from "./dom.js";
import { nameOf } from "./people.js";
import { newestPlace } from "./sidebar.js";
import { change, post, refresh, state, subscribe } from "./store.js";
import { leaveTour } from "./tour.js";
import { hasWord, word } from "./words.js";

const CLOUDS = ["public", "us_gov", "china"];
const names = document.body.dataset.scenarios.split(" ").filter(Boolean);
const titleOf = (name) => (hasWord(`story_${key(name)}`) ? word(`story_${key(name)}`) : name);
const aboutOf = (name) => (hasWord(`about_story_${key(name)}`) ? word(`about_story_${key(name)}`) : "");
const key = (name) => name.replaceAll("-", "_");

export function startStories() {
  byId("start-over").addEventListener("click", ({ currentTarget }) => startOver(currentTarget));
  byId("stories").addEventListener("click", choose);
  subscribe(showTelling);
  const wanted = document.body.dataset.scenario;
  if (!wanted) return;
  leaveTour();
  if (names.includes(wanted)) start({ scenario: wanted });
  else toast(word("no_story", { name: wanted }), word("not_possible"));
}

async function startOver(pressed) {
  pressed.setAttribute("aria-busy", "true");
  await start({ cloud: state.world?.cloud ?? "public" });
  pressed.removeAttribute("aria-busy");
}

/** Start over. Everything that is shown follows by itself. */
async function start({ scenario = null, cloud = "public" }) {
  try {
    await post("/api/start", { scenario, cloud, language: document.body.dataset.language });
    await refresh.slack();
    if (scenario && state.screen) change({ place: newestPlace(state.screen) });
    byId("said").textContent = scenario ? word("story_told", { story: titleOf(scenario) }) : word("started_over");
  } catch (error) {
    refused(error);
  }
}

/** Say that a story is being told; people move by themselves then. */
function showTelling({ world }) {
  const scenario = world?.scenario;
  const text = scenario ? word("telling", { story: titleOf(scenario) }) : "";
  const node = byId("telling");
  if (node.textContent !== text) node.textContent = text;
  document.body.classList.toggle("is-telling", Boolean(scenario));
}

function choose() {
  const cloud = el("select", { id: "cloud" }, CLOUDS.map((name) => el("option", { value: name, selected: name === state.world?.cloud }, word(`cloud_${name}`))));
  const body = (close) => [
    el("p", {}, word("stories_about")),
    el("ul", { class: "stories" }, names.map((name) => storyItem(name, close))),
    el("label", { class: "stacked" }, word("cloud"), cloud, el("small", {}, word("cloud_about"))),
  ];
  let shut = () => {};
  const buttons = (close) => {
    shut = close;
    const fresh = () => {
      close();
      start({ cloud: cloud.value });
    };
    return [button(word("start_over_in"), fresh, { class: "primary", dataset: { start: "fresh" } })];
  };
  openDialog(word("stories"), body(() => shut()), buttons, { kind: "large" });
}

function storyItem(name, close) {
  const play = () => {
    close();
    leaveTour();
    start({ scenario: name });
  };
  const link = button(icon("link"), () => copyLink(name, link), { class: "quiet", "aria-label": word("copy_story_link", { story: titleOf(name) }), title: word("copy_link") });
  const label = [el("b", {}, titleOf(name)), el("small", {}, aboutOf(name))];
  return el("li", {}, button(label, play, { class: "story", dataset: { story: name } }), link);
}

async function copyLink(name, link) {
  const address = new URL(`/?scenario=${name}&as=${nameOf(state.me)}`, location.href);
  await navigator.clipboard.writeText(address.href);
  link.replaceChildren(icon("check"));
  byId("said").textContent = word("copied");
}
