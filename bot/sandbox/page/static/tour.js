// The guided tour: one step at a time, done when the world says so; it can be left and joined again.

import { become, becomeAndSee } from "./becoming.js";
import { byId, el } from "./dom.js";
import { showPane } from "./panes.js";
import { idOf } from "./people.js";
import { onStartOver, state, subscribe } from "./store.js";
import { placeOf, pointedAt, STEPS } from "./tour_steps.js";
import { word } from "./words.js";

const LEFT = "overture-tour-left";
const READ = "overture-tour-read";
const TO_READ = 6;
const TO_ACCEPT = 7;
const USABLE = "button, input, textarea, a";
const HALVES = ["reseller", "admin_access", "agreement", "groups"];
const texts = [...byId("tour-steps").content.children];
let hasRead = sessionStorage.getItem(READ) === "yes";
let drawn = "";

onStartOver(() => {
  hasRead = false;
  sessionStorage.removeItem(READ);
});

export function startTour() {
  byId("tour-leave").addEventListener("click", () => {
    leaveTour();
    byId("tour-rejoin").focus();
  });
  byId("tour-rejoin").addEventListener("click", () => {
    sessionStorage.removeItem(LEFT);
    show();
    byId("tour").focus();
  });
  byId("tour-show").addEventListener("click", go);
  byId("tour-next").addEventListener("click", goOn);
  const more = byId("tour-more");
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(byId("tour").classList.toggle("whole"))));
  subscribe(show);
}

export function leaveTour() {
  sessionStorage.setItem(LEFT, "yes");
  show();
}

const isLeft = () => sessionStorage.getItem(LEFT) === "yes";

/** Return the number of the present step, from 0; the one after the last when all is done. */
function present() {
  const { done } = state.tour;
  const isDone = (index) => done[index] || (index === TO_READ && hasRead);
  const next = done.findIndex((_, index) => !isDone(index));
  return next < 0 ? done.length : next;
}

function show() {
  const isShown = Boolean(state.tour) && !isLeft();
  byId("tour").hidden = !isShown;
  byId("tour-rejoin").hidden = !state.tour || isShown;
  const at = state.tour ? present() : 0;
  byId("tour-count").textContent = `${Math.min(at + 1, texts.length - 1)}/${texts.length - 1}`;
  if (isShown) draw(at);
  point(isShown ? pointedAt(STEPS[at]) : null);
}

function draw(at) {
  const version = JSON.stringify([at, state.tour]);
  if (version === drawn) return;
  drawn = version;
  byId("tour").dataset.step = String(at + 1);
  byId("tour-dots").replaceChildren(...texts.slice(0, -1).map((_, index) => dot(index, at)));
  byId("tour-text").replaceChildren(...words(at));
  byId("tour-next").hidden = at !== TO_READ;
  byId("tour-show").hidden = at === texts.length - 1;
}

function dot(index, at) {
  const name = index < at ? "done" : index === at ? "here" : "";
  const label = word(index < at ? "step_done" : "step", { number: index + 1, title: texts[index].querySelector("h2").textContent });
  return el("li", { class: name, "aria-current": index === at ? "step" : undefined }, el("span", { class: "hidden" }, label));
}

function words(at) {
  const [title, detail] = texts[at].cloneNode(true).children;
  const last = texts.length - 1;
  if (at < last) title.prepend(el("span", { class: "number" }, `${at + 1}/${last}`));
  return [title, ...(at === TO_ACCEPT ? [halves()] : []), detail];
}

/** Return what the customer has done of what was asked for. */
function halves() {
  const asked = HALVES.filter((name) => name in state.tour.halves);
  const item = (name) => el("li", { class: state.tour.halves[name] ? "done" : "" }, word(`half_${name}`), state.tour.halves[name] && el("span", { class: "hidden" }, word("done")));
  return el("ul", { class: "halves" }, asked.map(item));
}

let pointed = null;

/** Put a ring around what the step is about, or around the way to it where it is out of sight. */
function point(node) {
  const seen = node && !node.checkVisibility() ? wayTo(node) : node;
  if (seen === pointed) return;
  pointed?.classList.remove("pointed");
  seen?.classList.add("pointed");
  pointed = seen;
}

function wayTo(node) {
  const pane = node.closest("#world") ? "world" : node.closest("#side") ? "side" : "main";
  const way = document.querySelector(`.panes [data-pane=${pane}]`);
  return way.checkVisibility() ? way : null;
}

/** Go where the present step happens, and put the focus on what to use there. */
async function go() {
  const step = STEPS[present()];
  if (step.be) await becomeAndSee(idOf(step.be));
  if (step.be && placeOf(step)) become(idOf(step.be), placeOf(step));
  const node = pointedAt(step);
  showPane(node?.closest("#world") ? "world" : "main");
  step.then?.();
  show();
  node?.scrollIntoView({ block: "nearest" });
  focusOn(node);
}

function focusOn(node) {
  if (!node || node.contains(document.activeElement)) return;
  (node.matches(USABLE) ? node : node.querySelector(`input, ${USABLE}`))?.focus();
}

function goOn() {
  hasRead = true;
  sessionStorage.setItem(READ, "yes");
  show();
  byId("tour-show").focus();
}
