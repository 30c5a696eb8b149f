// data-live="item:wiki/page/12 me:" listens to what is new about these topics: the element gets the event "live-<what>", on which
// hx-trigger fetches it anew. All of them share one stream, which is open only while somebody looks at the page.
let stream;
let listening = "";

function topics() {
  const named = [...document.querySelectorAll("[data-live]")].flatMap((one) => one.dataset.live.split(" "));
  return [...new Set(named)].filter(Boolean).sort();
}

function tell({ on, what }) {
  for (const element of document.querySelectorAll("[data-live]")) {
    if (!element.dataset.live.split(" ").some((topic) => on.includes(topic))) continue;
    const names = what ? [what] : (element.dataset.liveNews ?? "").split(" ").filter(Boolean); // a gap: everything may be new
    for (const name of names) element.dispatchEvent(new CustomEvent(`live-${name}`, { bubbles: false }));
  }
}

function close() {
  stream?.close();
  stream = undefined;
  listening = "";
}

function listen() {
  const wanted = document.visibilityState === "visible" ? topics() : [];
  if (wanted.join(" ") === listening) return;
  const returns = listening === "" && document.documentElement.dataset.liveWas === wanted.join(" ");
  close();
  if (!wanted.length) return;
  listening = wanted.join(" ");
  stream = new EventSource(`/live?${new URLSearchParams(wanted.map((topic) => ["on", topic]))}`);
  let broken = returns;
  stream.addEventListener("open", () => {
    if (broken) tell({ on: wanted }); // what came while nobody listened
    broken = false;
  });
  stream.addEventListener("error", () => (broken = true));
  stream.addEventListener("news", (event) => tell(JSON.parse(event.data)));
  document.documentElement.dataset.liveWas = listening;
}

document.addEventListener("visibilitychange", listen);
document.addEventListener("htmx:after:swap", listen);
addEventListener("pagehide", close);
addEventListener("pageshow", listen);
