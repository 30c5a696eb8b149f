// data-presence="wiki/page/12": tells every 25 seconds, while somebody looks at the page, that they are there, and shows in the
// element who else is. <form data-presence-item="wiki/page/12"> is edited: such a line is put above it. Without presence in a club
// the first answer says so, and nothing more is asked.
import { make } from "./elements.js";
import { attach } from "./attach.js";

const BEAT = 25_000;
const LEFT = "cercle-presence-left";

function address(line) {
  return `/${["c", location.pathname.split("/")[2], "presence", "items", line.dataset.presence].join("/")}`;
}

// A visit lasts from when a page is looked at until it is left; a sign of life that was on its way by then is not heard any more.
function body(line, facts = {}) {
  line.dataset.presenceVisit ??= Math.random().toString(36).slice(2, 12);
  return new URLSearchParams({ ...facts, visit: line.dataset.presenceVisit });
}

const latest = new WeakMap(); // by line, the sign of life whose answer counts: an older one may arrive after it
let faults = 0;
let resting = 0; // signs of life that are left out, more of them with each fault in a row

async function beat(line) {
  if (document.visibilityState !== "visible" || line.dataset.presenceOff || resting) return;
  const doing = line.dataset.presenceDoing ?? "reading";
  const sent = fetch(address(line), { method: "POST", body: body(line, { doing }), redirect: "manual" });
  latest.set(line, sent);
  const answer = await sent.catch(() => undefined);
  if (!answer) return; // the network is away: the next one tries again
  if (answer.ok) {
    faults = 0;
    const text = await answer.text();
    if (latest.get(line) === sent && line.textContent !== text) line.textContent = text;
  } else if ([403, 404].includes(answer.status)) {
    line.dataset.presenceOff = "1";
    line.textContent = "";
  } else {
    faults += 1;
    resting = Math.min(2 ** faults, 16);
  }
}

function lines() {
  return [...document.querySelectorAll("[data-presence]")];
}

attach("[data-presence]", (line) => {
  line.addEventListener("live-presence", () => beat(line));
  beat(line);
});

attach("[data-presence-item]", (form) => {
  const item = form.dataset.presenceItem;
  const data = { presence: item, presenceDoing: "editing", live: `item:${item}`, liveNews: "presence" };
  const line = make("p", { className: "presence-line item-meta", role: "status", data });
  form.before(line);
  document.dispatchEvent(new CustomEvent("htmx:after:swap")); // the page listens to one topic more
});

function arrive() {
  if (document.visibilityState === "visible") lines().forEach(beat);
}

// A browser may lose what a page sends as it goes, above all where a service worker stands between: the next page of this tab says
// it once more.
function leave() {
  const left = lines().filter((line) => line.dataset.presenceVisit && !line.dataset.presenceOff);
  const told = left.map((line) => [`${address(line)}/absence`, String(body(line))]);
  for (const [where, what] of told) navigator.sendBeacon(where, new URLSearchParams(what));
  for (const line of left) delete line.dataset.presenceVisit;
  if (told.length) sessionStorage.setItem(LEFT, JSON.stringify(told));
}

function sayAgain() {
  const told = JSON.parse(sessionStorage.getItem(LEFT) ?? "[]");
  sessionStorage.removeItem(LEFT);
  for (const [where, what] of told) fetch(where, { method: "POST", body: new URLSearchParams(what), redirect: "manual" }).catch(() => undefined);
}

sayAgain();
setInterval(() => (resting ? (resting -= 1) : arrive()), BEAT);
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? arrive() : leave()));
addEventListener("pageshow", ({ persisted }) => persisted && arrive());
addEventListener("pagehide", leave);
