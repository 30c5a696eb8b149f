// .tabs: where they are wider than the screen, the current one is brought into sight, and then the one that has the focus.
import { attach } from "./attach.js";

attach(".tabs", (tabs) => {
  const current = tabs.querySelector("[aria-current]");
  if (current) bringIntoSight(tabs, current);
  // By keyboard only: what moves under a finger is not pressed.
  tabs.addEventListener("focusin", ({ target }) => target.matches(":focus-visible") && bringIntoSight(tabs, target));
});

function bringIntoSight(tabs, link) {
  const from = tabs.getBoundingClientRect();
  const box = link.getBoundingClientRect();
  tabs.scrollLeft += box.left + box.width / 2 - (from.left + from.width / 2);
}
