// F6 goes from one part of the page to the next, Shift+F6 back.

const INSIDE = "a[href], button, input, select, textarea, summary, [tabindex='0']";

const usable = (node) => node.checkVisibility() && !node.disabled && !node.closest("[inert]");
const regions = () => [...document.querySelectorAll("[data-region]")].filter((region) => region.checkVisibility());

/** Return what to focus in a region: what is chosen there, else the first thing one can use. */
function entry(region) {
  const inside = [...region.querySelectorAll(INSIDE)].filter(usable);
  return inside.find((node) => node.ariaCurrent) ?? inside[0] ?? region;
}

export function startRegions() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    const all = regions();
    const here = all.findIndex((region) => region.contains(document.activeElement));
    const step = event.shiftKey ? -1 : 1;
    entry(all[(here + step + all.length) % all.length]).focus();
  });
}
