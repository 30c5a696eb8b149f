// Comments on a passage: <div data-load data-new="URL of the form" data-words="Comment on this"> below an item. A selection
// in the text of the page offers to comment on it; the passages of [data-quote] are marked where the text still has them
// (text quote selectors of the W3C Web Annotation Data Model, 4.2.4: exact, prefix, suffix).
import { make } from "../behaviours/elements.js";

const AROUND = 60;
const LONGEST = 1000;
const NAME = "comments-passage";
let started = false;

export default function comments(element) {
  mark();
  if (started) return;
  started = true;
  document.addEventListener("htmx:after:process", ({ target }) => target.closest?.(".comments, .slot") && refresh());
  document.addEventListener("htmx:after:request", forgetSent);
  document.addEventListener("click", follow);
  if (element.dataset.new) offer();
}

function refresh() {
  mark();
  for (const form of document.querySelectorAll(".comments-writing:not([data-entered])")) enter(form);
}

/** Who opened a form writes: the caret goes into the text as soon as the editor is there, unless something is wrong with the form. */
function enter(form) {
  form.dataset.entered = "";
  if (form.querySelector("[data-focus]")) return;
  const field = () => form.querySelector("[contenteditable=true]");
  const go = () => {
    field().focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  };
  if (field()) return go();
  const watch = new MutationObserver(() => {
    const busy = document.activeElement !== document.body && !form.contains(document.activeElement);
    if (!field() && form.isConnected && !busy) return;
    watch.disconnect();
    if (field() && !busy) go();
  });
  watch.observe(form, { childList: true, subtree: true, attributes: true });
}

/** The text of the item: all of the page's main column that comments do not fill. */
function texts() {
  const column = document.querySelector("#main .column") ?? document.querySelector("#main");
  const nodes = [];
  if (!column || !document.querySelector(".slot .comments")) return nodes; // a page of comments alone has no text of an item
  const walker = document.createTreeWalker(column, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement.closest(".slot, .page-head, script, style, form, template") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walker.nextNode()) nodes.push(walker.currentNode);
  return nodes;
}

/** The text with runs of spaces as one, and for each of its characters the node and the place in it. */
function flat(nodes) {
  let text = "";
  const places = [];
  for (const node of nodes) {
    for (let at = 0; at < node.data.length; at += 1) {
      const sign = node.data[at];
      const space = /\s/.test(sign);
      if (space && (text === "" || text.endsWith(" "))) continue;
      text += space ? " " : sign;
      places.push([node, at]);
    }
  }
  return { text, places };
}

/** Where a quote stands: of several places the one whose surroundings fit best; -1 where it is gone. */
export function placeOf(text, { exact, prefix = "", suffix = "" }) {
  let best = -1;
  let most = -1;
  for (let at = text.indexOf(exact); at >= 0; at = text.indexOf(exact, at + 1)) {
    const fit = shared(reversed(text.slice(0, at)), reversed(prefix)) + shared(text.slice(at + exact.length), suffix);
    if (fit > most) [best, most] = [at, fit];
  }
  return best;
}

function shared(one, other) {
  let length = 0;
  while (length < other.length && one[length] === other[length]) length += 1;
  return length;
}

function reversed(words) {
  return [...words.slice(-100)].reverse().join("");
}

function mark() {
  const quotes = [...document.querySelectorAll("[data-quote]")];
  const nodes = quotes.length ? texts() : [];
  if (!nodes.length) return CSS.highlights?.delete(NAME);
  const page = flat(nodes);
  const ranges = quotes.map((quote) => [quote, rangeOf(page, quote.dataset)]);
  for (const [quote, range] of ranges) show(quote, range);
  CSS.highlights?.set(NAME, new Highlight(...ranges.map(([, range]) => range).filter(Boolean)));
}

function rangeOf({ text, places }, quote) {
  const at = placeOf(text, quote);
  if (at < 0 || !quote.exact) return null;
  const range = new Range();
  range.setStart(...places[at]);
  const [node, end] = places[at + quote.exact.length - 1];
  range.setEnd(node, end + 1);
  return range;
}

function show(quote, range) {
  quote.toggleAttribute("data-found", Boolean(range));
  quote.commentedRange = range;
  const said = quote.nextElementSibling?.matches(".comments-quote-gone");
  if (!range && !said) quote.after(make("p", { className: "comments-quote-gone" }, quote.dataset.gone));
}

/** A press on a quote leads to the passage; one on a marked passage, to what is said about it. */
function follow({ target, clientX, clientY }) {
  if (!target.closest || target.closest("a, button, summary, input, textarea")) return;
  const quote = target.closest("[data-quote][data-found]");
  if (quote) return quote.commentedRange.startContainer.parentElement.scrollIntoView({ block: "center" });
  if (!getSelection().isCollapsed) return;
  for (const other of document.querySelectorAll("[data-quote][data-found]")) {
    const hit = [...other.commentedRange.getClientRects()].some((box) => clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom);
    if (hit) return other.closest(".comments-one").scrollIntoView({ block: "center" });
  }
}

function offer() {
  let button;
  const offerFor = () => {
    const chosen = passage();
    if (!chosen) return button?.remove();
    button ??= make("button", { type: "button", className: "button button-primary button-small comments-on-this" });
    button.textContent = document.querySelector(".comments[data-words]")?.dataset.words ?? "";
    const box = getSelection().getRangeAt(0).getBoundingClientRect();
    button.style.left = `${Math.max(8, Math.min(box.left + scrollX, document.documentElement.clientWidth - 190))}px`;
    button.style.top = `${box.bottom + scrollY + 8}px`;
    button.onpointerdown = (event) => event.preventDefault();
    button.onclick = () => begin(chosen, button);
    if (!button.isConnected) document.body.append(button);
  };
  document.addEventListener("selectionchange", offerFor);
  offerFor(); // what was selected while this script came
}

/** The selected words with those around them; null where nothing of the item's text is selected. */
function passage() {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount || !document.querySelector(".comments[data-new]")) return null;
  const range = selection.getRangeAt(0);
  const { text, places } = flat(texts());
  const inside = places.map(([node, at]) => range.isPointInRange(node, at) && !(node === range.endContainer && at >= range.endOffset));
  const [start, end] = [inside.indexOf(true), inside.lastIndexOf(true) + 1];
  const exact = start < 0 ? "" : text.slice(start, end).trim();
  if (!exact || exact.length > LONGEST) return null;
  return { exact, prefix: text.slice(Math.max(0, start - AROUND), start), suffix: text.slice(end, end + AROUND) };
}

async function begin(chosen, button) {
  const element = document.querySelector(".comments[data-new]");
  const path = `${element.dataset.new}?${new URLSearchParams(chosen)}`;
  button.remove();
  getSelection().removeAllRanges();
  await globalThis.htmx.ajax("GET", path, { target: "#comments-write", swap: "outerHTML" });
  document.querySelector("#comments-write")?.scrollIntoView({ block: "center" });
}

/** What was sent by htmx and taken is not kept in the browser any more. */
function forgetSent({ target, detail }) {
  const form = target.closest?.(".comments form[data-keep]");
  const { status } = detail?.ctx?.response ?? {};
  if (form && status >= 200 && status < 300) localStorage.removeItem(`cercle:keep:${form.dataset.keep}`);
}
