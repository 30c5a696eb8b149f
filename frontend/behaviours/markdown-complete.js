// "[[" in a text box offers the pages whose names match what follows it, "@" the people.
import { caretPosition } from "./caret.js";
import { make } from "./elements.js";
import { insert } from "./insert.js";

const PAGE = { opened: /\[\[([^\][\n|]{0,60})$/, close: "]]", written: (value) => `[[${value}]]` };
const PERSON = { opened: /(?<![\p{L}\p{N}./+@-])@([\p{L}\p{N}.’-]{0,40})$/u, close: "", written: (value) => `@${value} ` };
const PAUSE = 120;
let count = 0;

/** @param urls {complete, mention}: each answers ?q=… with [{label, value}]; without one, nothing is offered. */
export function completeLinks(textarea, urls) {
  const kinds = [{ ...PAGE, url: urls.complete }, { ...PERSON, url: urls.mention }].filter(({ url }) => url);
  const list = make("ul", { className: "completions", role: "listbox", id: `completions-${++count}`, hidden: true });
  let offered = [];
  let chosen = 0;
  let waiting;
  let asked = 0;

  textarea.parentElement.classList.add("completion-anchor");
  textarea.after(list);
  for (const [name, value] of [["autocomplete", "list"], ["controls", list.id]]) textarea.setAttribute(`aria-${name}`, value);
  textarea.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  textarea.addEventListener("blur", hide);
  textarea.addEventListener("keydown", keyed);
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    choose([...list.children].indexOf(event.target.closest("li")));
  });

  async function ask() {
    const found = typed();
    if (!found) return hide();
    const mine = ++asked;
    const address = new URL(found.url, location.href);
    address.searchParams.set("q", found.words);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    show(await answer.json());
  }

  function typed() {
    // The rich editor writes into a text box that is not shown, and completes by itself.
    if (textarea.hidden) return null;
    const before = textarea.value.slice(0, textarea.selectionStart);
    for (const kind of kinds) {
      const opened = kind.opened.exec(before);
      if (opened) return { ...kind, words: opened[1], length: opened[0].length };
    }
    return null;
  }

  function show(items) {
    offered = items.slice(0, 8);
    list.replaceChildren(...offered.map(({ label }, index) => make("li", { role: "option", id: `${list.id}-${index}` }, label)));
    list.hidden = offered.length === 0;
    const { left, bottom } = caretPosition(textarea);
    const room = textarea.offsetWidth - list.offsetWidth;
    list.style.left = `${textarea.offsetLeft + Math.max(0, Math.min(left, room))}px`;
    list.style.top = `${textarea.offsetTop + bottom + 4}px`;
    mark(0);
  }

  function hide() {
    list.hidden = true;
    textarea.removeAttribute("aria-activedescendant");
  }

  function mark(index) {
    chosen = (index + offered.length) % (offered.length || 1);
    for (const [at, option] of [...list.children].entries()) option.ariaSelected = String(at === chosen);
    if (!list.hidden) textarea.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
  }

  function choose(index) {
    const found = typed();
    if (!found || !offered[index]) return hide();
    const at = textarea.selectionStart;
    const closed = textarea.value.startsWith(found.close, at) ? found.close.length : 0;
    insert(textarea, found.written(offered[index].value), at - found.length, at + closed);
    hide();
  }

  function keyed(event) {
    if (list.hidden) return;
    const act = { ArrowDown: () => mark(chosen + 1), ArrowUp: () => mark(chosen - 1), Enter: () => choose(chosen), Tab: () => choose(chosen), Escape: hide }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}
