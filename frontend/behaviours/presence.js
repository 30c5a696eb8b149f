// data-presence="wiki/page/12": tells every 25 seconds, while somebody looks at the page, that they are there, and shows in the
// element who else is. <form data-presence-item="wiki/page/12"> is edited: such a line is put above it. Without presence in a club
// the first answer says so, and nothing more is asked.
import { make } from "./elements.js";
import { attach } from "./attach.js";

const BEAT = 25_000;

function address(line) {
  return `/${["c", location.pathname.split("/")[2], "presence", "items", line.dataset.presence].join("/")}`;
}

async function beat(line) {
  if (document.visibilityState !== "visible" || line.dataset.presenceOff) return;
  const doing = line.dataset.presenceDoing ?? "reading";
  const sent = fetch(address(line), { method: "POST", body: new URLSearchParams({ doing }) });
  const answer = await sent.catch(() => undefined);
  if (!answer) return; // the network is away: the next beat tries again
  if (!answer.ok && answer.status < 500) {
    line.dataset.presenceOff = "1";
    line.textContent = "";
    return;
  }
  const text = answer.ok ? await answer.text() : line.textContent;
  if (line.textContent !== text) line.textContent = text;
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

function leave() {
  const there = lines().filter((line) => !line.dataset.presenceOff);
  for (const line of there) fetch(`${address(line)}/absence`, { method: "POST", keepalive: true }).catch(() => undefined);
}

setInterval(() => lines().forEach(beat), BEAT);
document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? lines().forEach(beat) : leave()));
addEventListener("pagehide", leave);
