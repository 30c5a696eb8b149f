// A list to choose from, near the caret or below a button: with the arrows, Enter and Tab, or the pointer. The text keeps
// the focus, so that the keyboard of a phone stays.
import { make } from "../behaviours/elements.js";
import { icon } from "./icons.js";

let count = 0;

export class Choices {
  /** @param label what the list is called; @param chosen is told the item that was chosen. */
  constructor(label, chosen) {
    this.items = [];
    this.at = 0;
    this.chosen = chosen;
    this.list = make("ul", { className: "editor-choices", role: "listbox", id: `editor-choices-${++count}`, hidden: true, aria: { label } });
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("li");
      if (option) this.choose([...this.list.children].indexOf(option));
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  /** @param items {label, icon, hint}; @param near the caret or button, in pixels of the window. */
  show(items, near) {
    this.items = items;
    this.list.replaceChildren(...items.map((item, at) => this.option(item, at)));
    this.list.hidden = items.length === 0;
    if (this.isOpen) {
      this.mark(0);
      this.place(near);
    }
  }

  hide() {
    this.list.hidden = true;
    this.items = [];
  }

  get activeId() {
    return this.isOpen ? `${this.list.id}-${this.at}` : null;
  }

  /** Takes a key; true when it was meant for the list. */
  press(key) {
    if (!this.isOpen) return false;
    const act = { ArrowDown: () => this.mark(this.at + 1), ArrowUp: () => this.mark(this.at - 1), Home: () => this.mark(0), End: () => this.mark(this.items.length - 1), Enter: () => this.choose(this.at), Tab: () => this.choose(this.at) }[key];
    act?.();
    return Boolean(act);
  }

  choose(at) {
    const item = this.items[at];
    this.hide();
    if (item) this.chosen(item);
  }

  mark(at) {
    this.at = (at + this.items.length) % this.items.length;
    for (const [index, option] of [...this.list.children].entries()) option.ariaSelected = String(index === this.at);
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
  }

  option({ label, icon: name, hint }, at) {
    const words = make("span", { className: "editor-choice-label" }, label);
    const option = make("li", { role: "option", id: `${this.list.id}-${at}` }, ...(name ? [icon(name, 18)] : []), words);
    if (hint) option.append(make("kbd", { ariaHidden: "true" }, hint));
    return option;
  }

  /** Below what it belongs to, above it where there is more room; never under the keyboard of a phone. */
  place({ left, top, bottom }) {
    const screen = visualViewport ?? { offsetTop: 0, height: innerHeight };
    const [start, end] = [screen.offsetTop + 8, screen.offsetTop + screen.height - 8];
    const above = top - start > end - bottom && end - bottom < Math.min(this.list.scrollHeight, 240);
    const room = above ? top - start - 4 : end - bottom - 4;
    const { style } = this.list;
    style.maxHeight = `${Math.max(96, Math.min(room, 320))}px`;
    style.left = `${Math.max(8, Math.min(left, document.documentElement.clientWidth - this.list.offsetWidth - 8))}px`;
    style.top = above ? `${top - this.list.offsetHeight - 4}px` : `${bottom + 4}px`;
  }
}
