// A thin line on top while something takes longer than 300 ms: going to another page, sending a form, a request of htmx.
import { make } from "./elements.js";

const PATIENCE = 300;
const GIVEN_UP = 15_000; // a download leaves the page as it is and tells nobody that it has begun
const line = make("div", { className: "progress-line", hidden: true, aria: { hidden: "true" } });
let waiting, ending;

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (link && event.button === 0 && leads(event, link)) begin();
});
addEventListener("submit", (event) => {
  if (!event.defaultPrevented && !event.target.target && event.target.method !== "dialog") begin();
});
addEventListener("pagehide", end);
addEventListener("pageshow", end);
addEventListener("htmx:before:request", begin);
addEventListener("htmx:finally:request", end);

function leads(event, { href, target, download, origin, hash, pathname, search }) {
  const elsewhere = event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  const here = hash && pathname === location.pathname && search === location.search;
  return href && !elsewhere && !target && !download && !here && origin === location.origin;
}

function begin() {
  end();
  waiting = setTimeout(show, PATIENCE);
  ending = setTimeout(end, GIVEN_UP);
}

function show() {
  document.body.append(line);
  line.hidden = false;
}

function end() {
  clearTimeout(waiting);
  clearTimeout(ending);
  line.hidden = true;
}
