// <form data-keep="wiki:accueil" data-keep-base="12">: what is typed is kept in this browser until it is saved. It comes
// back by itself when the page on the server is still the one it was written on (data-keep-base, or else the texts that
// were served), and on request when it is not. Signing out (a form with data-keep-forget) forgets everything.
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";

const PREFIX = "cercle:keep:";
const FIELDS = 'textarea[name], select[name], input[name]:not([type="hidden"], [type="password"], [type="file"], [type="submit"])';
const PAUSE = 400;
const CHECK_AFTER = 5 * 60_000;
const WEEKS_KEPT = 4;

settleSent();
attach("form[data-keep]", keep);
attach("form[data-keep-forget]", (form) => form.addEventListener("submit", forgetAll));

function keep(form) {
  const key = PREFIX + form.dataset.keep;
  const served = JSON.stringify(valuesOf(form));
  const base = form.dataset.keepBase ?? served;
  let waiting;
  let checkedAt = Date.now();

  offer(form, key, base, served);

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(store, PAUSE);
  });
  addEventListener("pagehide", () => waiting && store());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    store({ sent: true });
  });

  function store({ sent = false } = {}) {
    waiting = undefined;
    const values = valuesOf(form);
    if (JSON.stringify(values) === served && !sent) return localStorage.removeItem(key);
    write(key, { base, values, sent, from: location.pathname, at: Date.now() });
    if (!sent) tell();
  }

  /** [data-keep-state="… {time}"] says quietly when the text was kept. */
  function tell() {
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "short" }).format();
    for (const state of form.querySelectorAll("[data-keep-state]")) state.textContent = state.dataset.keepState.replace("{time}", time);
  }

  async function check() {
    if (Date.now() - checkedAt < CHECK_AFTER) return;
    checkedAt = Date.now();
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => null);
    const lost = answer && (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status));
    if (lost && !form.previousElementSibling?.matches("[data-keep-lost]")) form.before(lostNotice());
  }
}

/** Brings back what was kept, or offers it where the page has changed meanwhile. */
function offer(form, key, base, served) {
  const kept = read(key);
  if (!kept) return;
  if (JSON.stringify(kept.values) === served) return localStorage.removeItem(key);
  const before = JSON.parse(served);
  const discard = noticeButton(text("keepDiscard"), () => {
    fill(form, before);
    localStorage.removeItem(key);
    notice.remove();
  });
  const use = noticeButton(text("keepUse"), () => {
    fill(form, kept.values);
    use.remove();
  });
  const unchanged = kept.base === base;
  const words = make("p", {}, text(unchanged ? "keepRestored" : "keepChanged"));
  const notice = make("div", { className: "kept", role: "status" }, words, ...(unchanged ? [discard] : [use, discard]));
  form.prepend(notice);
  if (unchanged) fill(form, kept.values);
}

/** A form that was sent from the page before this one is saved, unless this page asks to sign in or tells of an error. */
function settleSent() {
  const refused = !document.body.hasAttribute("data-signed-in") || document.querySelector(".error-page");
  for (const key of keptKeys()) {
    const kept = read(key);
    const here = document.querySelector(`form[data-keep="${CSS.escape(key.slice(PREFIX.length))}"]`);
    const cameFrom = document.referrer.startsWith(location.origin) && new URL(document.referrer).pathname === kept.from;
    if (kept.sent && !here && !refused && cameFrom) localStorage.removeItem(key);
    else if (kept.sent) write(key, { ...kept, sent: false });
    else if (Date.now() - kept.at > WEEKS_KEPT * 604_800_000) localStorage.removeItem(key);
  }
}

function lostNotice() {
  const link = make("a", { href: "/sign-in", target: "_blank", rel: "noopener", className: "button button-secondary button-small" }, text("signIn"));
  const notice = make("div", { className: "kept", role: "alert", data: { keepLost: "" } }, make("p", {}, text("keepLost")), link);
  return notice;
}

function noticeButton(words, act) {
  const button = make("button", { type: "button", className: "button button-secondary button-small" }, words);
  button.addEventListener("click", act);
  return button;
}

function valuesOf(form) {
  const fields = [...form.querySelectorAll(FIELDS)];
  return fields.map((field) => [field.name, /checkbox|radio/.test(field.type) ? [field.value, field.checked] : field.value]);
}

function fill(form, values) {
  for (const [index, field] of [...form.querySelectorAll(FIELDS)].entries()) {
    const [name, value] = values[index] ?? [];
    if (name !== field.name) continue;
    if (Array.isArray(value)) field.checked = value[1];
    else field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function keptKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function forgetAll() {
  for (const key of keptKeys()) localStorage.removeItem(key);
}

function read(key) {
  const stored = localStorage.getItem(key);
  return stored && JSON.parse(stored);
}

/** A full or forbidden store must not disturb who writes. */
function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn("Unsaved text could not be kept", error);
  }
}
