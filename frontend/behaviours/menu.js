// <details data-menu>: closes on Escape, on a click elsewhere, and when another menu opens; arrows walk through it.

const OPEN = "details[data-menu][open]";
const ITEMS = ".menu-items :is(a, button)";

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(OPEN) ?? document.querySelector(OPEN);
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (["ArrowDown", "ArrowUp"].includes(event.key) && menu.contains(event.target)) {
    event.preventDefault();
    walk([...menu.querySelectorAll(ITEMS)], event.key === "ArrowDown" ? 1 : -1);
  }
});

document.addEventListener("focusin", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (!menu.contains(target) && target !== document.body) menu.open = false;
  }
});

// A menu in a box that scrolls would be cut off: it is laid over the page, beside its button.
document.addEventListener("toggle", ({ target: menu }) => {
  if (menu.matches(".table-box details[data-menu][open]")) layOver(menu, menu.querySelector(".menu-items"));
}, true);
addEventListener("scroll", () => {
  for (const menu of document.querySelectorAll(`.table-box ${OPEN}`)) menu.open = false;
}, { capture: true, passive: true });

function layOver(menu, items) {
  const button = menu.querySelector("summary").getBoundingClientRect();
  const below = button.bottom + items.offsetHeight + 8 < innerHeight;
  Object.assign(items.style, {
    position: "fixed",
    top: below ? `${button.bottom + 4}px` : `${Math.max(4, button.top - items.offsetHeight - 4)}px`,
    left: `${Math.min(Math.max(8, button.right - items.offsetWidth), innerWidth - items.offsetWidth - 8)}px`,
    right: "auto",
  });
}

function walk(items, step) {
  const at = items.indexOf(document.activeElement);
  const next = at < 0 && step < 0 ? items.length - 1 : (at + step + items.length) % items.length;
  items[next]?.focus();
}
