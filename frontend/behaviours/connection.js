// Says quietly when the connection is lost and when it is back, and keeps a form from being sent into nothing. On the page
// without a connection (body[data-offline]): tries again by itself, and lists the texts that wait in this browser.
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";
import { toast } from "./toast.js";

const EVERY = 10_000;
let told;

addEventListener("offline", () => {
  told ??= toast("warning", text("connectionLost"));
});
addEventListener("online", () => {
  if (!told) return;
  told.remove();
  told = undefined;
  const back = toast("success", text("connectionBack"));
  setTimeout(() => back.remove(), 4000);
});

// Before all others, so that nothing counts as sent.
addEventListener("submit", (event) => {
  const form = event.target;
  if (navigator.onLine || form.method !== "post" || form.matches("[data-upload]")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  toast("warning", text("connectionNeeded"));
}, { capture: true });

attach("body[data-offline]", (page) => {
  const scheme = localStorage.getItem("scheme");
  if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
  const state = page.querySelector("[data-offline-state]");
  page.querySelector("[data-offline-retry]").addEventListener("click", () => tryAgain(state));
  addEventListener("online", () => tryAgain(state));
  setInterval(() => document.visibilityState === "visible" && tryAgain(), EVERY);
  listDrafts(page.querySelector("[data-offline-drafts]"));
});

async function tryAgain(state) {
  if (state) state.textContent = state.dataset.trying;
  const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
  else if (state) state.textContent = state.dataset.still;
}

function listDrafts(section) {
  const kept = Object.keys(localStorage).filter((key) => key.startsWith("cercle:keep:"));
  const lines = kept.map((key) => make("li", {}, titleOf(key) || section.dataset.untitled));
  section.querySelector("ul").append(...lines);
  section.hidden = lines.length === 0;
}

/** The title of a kept form, else its first words. */
function titleOf(key) {
  try {
    const values = Object.fromEntries(JSON.parse(localStorage.getItem(key)).values);
    return String(values.title || values.body || "").trim().slice(0, 80);
  } catch {
    return "";
  }
}
