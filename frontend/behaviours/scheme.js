// [data-scheme-switch]: light, dark, or as the device has it. Kept in a cookie, so that the server draws the page right.
import { attach } from "./attach.js";

const root = document.documentElement;
const YEAR = 31536000;

attach("[data-scheme-switch]", (group) => {
  group.hidden = false;
  show();
  group.addEventListener("click", ({ target }) => {
    const value = target.closest("[data-scheme-value]")?.dataset.schemeValue;
    if (value) choose(value);
  });
});

// Another tab has chosen; this one follows.
addEventListener("storage", ({ key, newValue }) => key === "scheme" && newValue && apply(newValue));

function choose(value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `scheme=${value}; Path=/; Max-Age=${value === "auto" ? 0 : YEAR}; SameSite=Lax${secure}`;
  localStorage.setItem("scheme", value);
  apply(value);
}

function apply(value) {
  if (value === "auto") delete root.dataset.scheme;
  else root.dataset.scheme = value;
  show();
}

function show() {
  for (const button of document.querySelectorAll("[data-scheme-value]")) {
    button.ariaPressed = String(button.dataset.schemeValue === (root.dataset.scheme ?? "auto"));
  }
}
