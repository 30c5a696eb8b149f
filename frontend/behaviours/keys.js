// The keyboard: "?" shows the shortcuts, "g" and a letter goes to [data-go="letter"], "n" and "e" press [data-key="n"] and
// [data-key="e"], Ctrl K or [data-palette-open] opens the palette, which is fetched then. Keys of one letter rest while
// somebody writes, and can be turned off in this browser (WCAG 2.2, 2.1.4): [data-keys-switch].
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";

const OFF = "cercle:keys-off";
const WRITING = "input, textarea, select, [contenteditable=''], [contenteditable='true'], [role='textbox']";
const PATIENCE = 1500;
let afterG = -Infinity;

/** Whether a key of one letter means a shortcut here and now. */
export function isShortcut(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  if (localStorage.getItem(OFF)) return false;
  return !event.target.closest?.(WRITING) && !document.querySelector("dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    if (event.defaultPrevented || event.target.closest?.("[contenteditable='true']") || !isMember()) return;
    event.preventDefault();
    openPalette();
  } else if (isShortcut(event) && press(event)) event.preventDefault();
});

function press({ key, timeStamp, shiftKey }) {
  const going = timeStamp - afterG < PATIENCE;
  afterG = -Infinity;
  if (key === "?") return showHelp();
  if (shiftKey) return false;
  if (going) return go(key);
  if (key === "g") afterG = timeStamp;
  if (key === "e" || key === "n") return act(key);
  return false;
}

function go(letter) {
  if (letter === "s") return click(document.querySelector("[data-go='s']") ?? document.querySelector(".bottom-bar a[href='/search']"));
  return /^[a-z]$/.test(letter) && click(document.querySelector(`[data-go="${letter}"]`));
}

/** What the page offers; for something new, else what can be made in the club. */
function act(key) {
  const target = [...document.querySelectorAll(`[data-key="${key}"]`)].find((each) => !each.closest("[hidden]"));
  return click(target ?? (key === "n" ? document.querySelector(".bottom-bar-new") : null));
}

function click(target) {
  target?.click();
  return Boolean(target);
}

function isMember() {
  return document.body.hasAttribute("data-signed-in");
}

// What was used lately names clubs and pages.
attach("form[data-keep-forget]", (form) => form.addEventListener("submit", () => localStorage.removeItem("cercle:palette")));

attach("[data-palette-open]", (button) => {
  button.hidden = !isMember();
  button.addEventListener("click", () => {
    button.closest("details[data-menu]")?.removeAttribute("open");
    openPalette();
  });
});

async function openPalette() {
  const { openPalette: open } = await import("../pages/palette.js");
  open({ make, text });
}

attach("a[data-shortcuts]", (link) => {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details[data-menu]")?.removeAttribute("open");
    showHelp();
  });
});

/** The page of shortcuts, in a dialog. */
function showHelp() {
  if (document.getElementById("shortcuts")) return true;
  fetchHelp().then(showDialog, () => location.assign("/shortcuts"));
  return true;
}

async function fetchHelp() {
  const answer = await fetch("/shortcuts");
  if (!answer.ok) throw new Error(`The shortcuts answer ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [page.querySelector("h1").textContent, document.importNode(page.getElementById("shortcuts"), true)];
}

function showDialog([title, shortcuts]) {
  const close = make("button", { className: "button button-quiet button-icon", aria: { label: text("close") } }, "×");
  const head = make("h2", { className: "dialog-title", id: "shortcuts-title" }, title);
  const dialog = make("dialog", { className: "dialog dialog-wide", aria: { labelledby: "shortcuts-title" } },
    make("div", { className: "dialog-head" }, head, close),
    make("div", { className: "dialog-body" }, shortcuts));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.querySelectorAll("[data-keys-switch]").forEach(offerSwitch);
  dialog.showModal();
}

attach("[data-keys-switch]", offerSwitch);

function offerSwitch(label) {
  const box = label.querySelector("input");
  label.hidden = false;
  box.checked = !localStorage.getItem(OFF);
  box.addEventListener("change", () => (box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")));
}
