// .tabs: where they are wider than the screen, the current one is brought into sight.
import { attach } from "./attach.js";

attach(".tabs", (tabs) => {
  const current = tabs.querySelector("[aria-current]");
  if (!current) return;
  const from = tabs.getBoundingClientRect();
  const box = current.getBoundingClientRect();
  tabs.scrollLeft += box.left + box.width / 2 - (from.left + from.width / 2);
});
