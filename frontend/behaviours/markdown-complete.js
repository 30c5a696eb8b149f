// "[[" in a text box offers the pages whose names match what follows it.
import { caretPosition } from "./caret.js";
import { make } from "./elements.js";
import { insert } from "./insert.js";

const OPENED = /\[\[([^\][\n|]{0,60})$/;
const PAUSE = 120;
let count = 0;

export function completeLinks(textarea, url) {
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
    const opened = typed();
    if (!opened) return hide();
    const mine = ++asked;
    const address = new URL(url, location.href);
    address.searchParams.set("q", opened[1]);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    show(await answer.json());
  }

  function typed() {
    return OPENED.exec(textarea.value.slice(0, textarea.selectionStart));
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
    const opened = typed();
    if (!opened || !offered[index]) return hide();
    const at = textarea.selectionStart;
    const closed = textarea.value.startsWith("]]", at) ? 2 : 0;
    insert(textarea, `[[${offered[index].value}]]`, at - opened[0].length, at + closed);
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
