// F6 goes from one part of the page to the next, Shift+F6 back.

const regions = () => [...document.querySelectorAll("[data-region]")].filter((region) => region.checkVisibility());
const INSIDE = "[aria-current], [aria-pressed=true], a[href], button, input, select, textarea, summary, [tabindex='0']";

function next(step) {
  const all = regions();
  const here = all.findIndex((region) => region.contains(document.activeElement));
  return all[(here + step + all.length) % all.length];
}

const usable = (node) => node.checkVisibility() && !node.disabled && !node.closest("[inert]");

export function startRegions() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F6" || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    const region = next(event.shiftKey ? -1 : 1);
    ([...region.querySelectorAll(INSIDE)].find(usable) ?? region).focus();
  });
}
