// The buttons above the text, under the thumb on a phone. One stop of the Tab key; the arrows go from button to button.
import { redo, undo } from "prosemirror-history";
import { addColumnAfter, addRowAfter, deleteColumn, deleteRow, deleteTable, isInTable } from "prosemirror-tables";
import { make } from "../behaviours/elements.js";
import { Choices } from "./choices.js";
import * as commands from "./commands.js";
import { icon } from "./icons.js";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
const IN_COMPACT = new Set(["bold", "italic", "link", "bulletList", "taskList", "file", "undo", "redo"]);
const AS_BLOCK = ["paragraph", "heading2", "heading3", "heading4"];
const IN_BAR = new Set([...AS_BLOCK, "bulletList", "orderedList", "taskList", "file"]);

export class Toolbar {
  /**
   * @param blocks what can be inserted, as blocksFor answers it.
   * @param acts {editLink, chooseFile}.
   */
  constructor(view, { texts, blocks, acts, compact, controls }) {
    this.view = view;
    this.texts = texts;
    this.buttons = [];
    this.bar = make("div", { className: "editor-buttons", role: "toolbar", aria: { label: texts.toolbar, controls } });
    this.dom = make("div", { className: "editor-bar" }, this.bar);
    const [words, lists, steps] = this.groups(blocks, acts).map((group) => group.filter((one) => one && (!compact || IN_COMPACT.has(one.name))));
    // In a table stand the buttons for tables in the place of those that cannot act there.
    this.outside = compact ? groupsOf([lists]) : groupsOf([lists, [this.more(blocks)]]);
    this.inside = groupsOf(this.tableGroups());
    const styles = compact ? [] : groupsOf([[this.styles(blocks)]]);
    this.outside.push(...styles);
    this.bar.append(...styles, ...groupsOf([words]), ...this.inside, ...this.outside.filter((group) => !styles.includes(group)), ...groupsOf([steps]));
    rove(this.bar);
    this.update(view);
  }

  groups(blocks, { editLink, chooseFile }) {
    const block = (name) => blocks.find((one) => one.name === name);
    const list = (name, test) => this.act(name, block(name).icon, block(name).run, (state) => Boolean(commands.listAround(state)) && test(commands.listAround(state)));
    const mark = (name, picture, run, type, keys) => this.act(name, picture, run, (state) => commands.hasMark(state, type), keys);
    return [
      [
        mark("bold", "bold", commands.bold, marks.strong, "B"),
        mark("italic", "italic", commands.italic, marks.em, "I"),
        mark("strike", "strikethrough", commands.strike, marks.strike, "⇧X"),
        mark("link", "link", (_state, dispatch) => !dispatch || editLink(), marks.link, "K"),
      ],
      [
        list("bulletList", ({ list: { type }, item }) => type === nodes.bullet_list && item.attrs.checked === null),
        list("orderedList", ({ list: { type } }) => type === nodes.ordered_list),
        list("taskList", ({ item }) => item.attrs.checked !== null),
        chooseFile && this.act("file", "image", chooseFile),
      ],
      [this.act("undo", "undo-2", undo, null, "Z"), this.act("redo", "redo-2", redo, null, "⇧Z")],
    ];
  }

  tableGroups() {
    const align = (name, value, picture) => this.act(name, picture, commands.alignColumn(value));
    return [
      [this.act("rowAfter", "between-horizontal-end", addRowAfter), this.act("columnAfter", "between-vertical-end", addColumnAfter)],
      [align("alignStart", null, "text-align-start"), align("alignCenter", "center", "text-align-center"), align("alignEnd", "right", "text-align-end")],
      [this.act("rowDelete", "rows-3", deleteRow, null, "", true), this.act("columnDelete", "columns-3", deleteColumn, null, "", true), this.act("tableDelete", "trash-2", deleteTable, null, "", true)],
    ];
  }

  /** A button; `isOn` makes it a switch. */
  act(name, picture, run, isOn = null, keys = "", isTaking = false) {
    const label = this.texts[name];
    const title = keys ? `${label} (${this.texts.control}+${keys})` : label;
    const dom = make("button", { type: "button", className: `editor-button${isTaking ? " is-taking" : ""}`, title, tabIndex: -1, aria: { label } }, icon(picture));
    if (isOn) dom.ariaPressed = "false";
    dom.addEventListener("click", () => {
      this.view.focus();
      run(this.view.state, this.view.dispatch, this.view);
    });
    this.buttons.push({ dom, run, isOn });
    return { name, dom };
  }

  /** The button that says what the block is and makes it something else. */
  styles(blocks) {
    const items = blocks.filter(({ name }) => AS_BLOCK.includes(name));
    this.style = make("span", { className: "editor-style-name" }, this.texts.paragraph);
    const kind = make("span", { className: "visually-hidden" }, `${this.texts.style} `);
    return this.menu("style", this.texts.style, items, kind, this.style, icon("chevron-down", 16));
  }

  more(blocks) {
    return this.menu("more", this.texts.more, [...blocks.filter(({ name }) => !IN_BAR.has(name)), { icon: "code", label: this.texts.code, run: commands.code }], icon("plus"), make("span", {}, this.texts.insert));
  }

  menu(name, label, items, ...face) {
    const dom = make("button", { type: "button", className: `editor-button editor-button-${name}`, title: label, tabIndex: -1, aria: { haspopup: "listbox", expanded: "false" } }, ...face);
    const choices = new Choices(label, ({ run }) => {
      this.view.focus();
      run(this.view.state, this.view.dispatch, this.view);
    });
    const open = (yes) => {
      if (yes) choices.show(items, dom.getBoundingClientRect());
      else choices.hide();
      dom.ariaExpanded = String(choices.isOpen);
    };
    this.dom.append(choices.list);
    dom.addEventListener("click", () => open(!choices.isOpen));
    dom.addEventListener("blur", () => open(false));
    this.view.dom.addEventListener("focus", () => open(false));
    dom.addEventListener("keydown", (event) => {
      if (event.key === "Escape") open(false);
      else if (event.key === "Tab" || !choices.press(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      dom.ariaExpanded = String(choices.isOpen);
      if (choices.activeId) dom.setAttribute("aria-activedescendant", choices.activeId);
    });
    return { name, dom };
  }

  update({ state }) {
    for (const { dom, run, isOn } of this.buttons) {
      if (isOn) dom.ariaPressed = String(isOn(state));
      // A button that cannot act stays in reach of the arrows, and says so.
      dom.ariaDisabled = String(!run(state, null, this.view));
    }
    const inTable = isInTable(state);
    for (const group of this.inside) group.hidden = !inTable;
    for (const group of this.outside) group.hidden = inTable;
    if (this.bar.querySelector('[tabindex="0"]')?.closest("[hidden]") !== null) reach(this.bar, 0);
    if (!this.style) return;
    const level = state.selection.$from.parent.type === nodes.heading ? state.selection.$from.parent.attrs.level : 0;
    this.style.textContent = level ? (this.texts[`heading${level}`] ?? `${this.texts.heading} ${level}`) : this.texts.paragraph;
  }

  destroy() {
    this.dom.remove();
  }
}

function groupsOf(groups) {
  return groups.filter((group) => group.length).map((group) => make("div", { className: "editor-group" }, ...group.map(({ dom }) => dom)));
}

/** The one button of a bar that Tab reaches. */
function reach(bar, at) {
  const all = within(bar);
  for (const button of bar.querySelectorAll("button")) button.tabIndex = button === all[at] ? 0 : -1;
  return all[at];
}

function within(bar) {
  return [...bar.querySelectorAll("button")].filter((button) => !button.closest("[hidden]"));
}

/** The arrows, Home and End go from button to button; Tab leaves. */
function rove(bar) {
  // The text keeps the focus and its selection, and a phone its keyboard.
  bar.addEventListener("mousedown", (event) => !event.target.closest("[aria-haspopup]") && event.preventDefault());
  bar.addEventListener("keydown", (event) => {
    const all = within(bar);
    const at = all.indexOf(document.activeElement);
    const forward = getComputedStyle(bar).direction === "rtl" ? -1 : 1;
    const next = { ArrowRight: at + forward, ArrowLeft: at - forward, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    reach(bar, (next + all.length) % all.length).focus();
  });
}
