// "/" goes to the search box [data-search-focus], unless somebody is writing or has turned the keys off.
import { isShortcut } from "./keys.js";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || !isShortcut(event)) return;
  const box = [...document.querySelectorAll("[data-search-focus]")].find((each) => each.checkVisibility());
  if (!box) return;
  event.preventDefault();
  box.select();
});
