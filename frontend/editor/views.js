// Blocks that one can act on in the text itself: tasks with their boxes, boxes with their kind, pictures.
import { make } from "../behaviours/elements.js";
import { Choices } from "./choices.js";
import { icon } from "./icons.js";
import { CALLOUTS } from "./schema.js";

const KINDS = { note: "info", tip: "lightbulb", important: "megaphone", warning: "triangle-alert", caution: "circle-alert" };

/**
 * @param texts the sentences of the editor.
 * @param pictures where the pictures of the text are: `urlOf(src)`.
 */
export function nodeViews(texts, pictures) {
  return {
    list_item: (node, view, getPos) => (node.attrs.checked === null ? plainItem() : new Task(node, view, getPos, texts)),
    callout: (node, view, getPos) => new Callout(node, view, getPos, texts),
    image: (node) => new Picture(node, pictures),
  };
}

function plainItem() {
  const dom = make("li");
  return { dom, contentDOM: dom, update: ({ type, attrs }) => type.name === "list_item" && attrs.checked === null };
}

class Task {
  constructor(node, view, getPos, texts) {
    this.box = make("input", { type: "checkbox", tabIndex: -1, checked: node.attrs.checked, aria: { label: texts.done } });
    this.contentDOM = make("div", { className: "task-words" });
    this.dom = make("li", { className: "task-list-item" }, this.side(), this.contentDOM);
    this.box.addEventListener("change", () => {
      view.dispatch(view.state.tr.setNodeMarkup(getPos(), null, { checked: this.box.checked }));
    });
  }

  side() {
    return make("label", { className: "task-box", contentEditable: "false" }, this.box);
  }

  update({ type, attrs }) {
    if (type.name !== "list_item" || attrs.checked === null) return false;
    this.box.checked = attrs.checked;
    return true;
  }

  stopEvent({ target }) {
    return target === this.box || target === this.box.parentElement;
  }

  ignoreMutation({ target }) {
    return !this.contentDOM.contains(target);
  }
}

class Callout {
  constructor(node, view, getPos, texts) {
    this.texts = texts;
    this.title = make("button", { type: "button", tabIndex: -1, className: "callout-title", contentEditable: "false", aria: { haspopup: "listbox" } });
    this.contentDOM = make("div", { className: "callout-words" });
    this.choices = new Choices(texts.calloutKind, ({ kind }) => {
      view.dispatch(view.state.tr.setNodeMarkup(getPos(), null, { kind: kind.toUpperCase() }));
      view.focus();
    });
    const side = make("div", { contentEditable: "false" }, this.title, this.choices.list);
    this.dom = make("div", {}, side, this.contentDOM);
    this.title.addEventListener("click", () => this.offer());
    this.title.addEventListener("blur", () => this.choices.hide());
    this.title.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.choices.hide();
      else if (this.choices.press(event.key)) event.preventDefault();
    });
    this.show(node);
  }

  offer() {
    if (this.choices.isOpen) return this.choices.hide();
    const items = CALLOUTS.map((kind) => ({ kind, icon: KINDS[kind], label: this.texts[kindText(kind)] }));
    this.title.focus();
    this.choices.show(items, this.title.getBoundingClientRect());
  }

  show({ attrs }) {
    const kind = attrs.kind.toLowerCase();
    this.dom.className = `callout callout-${kind}`;
    this.title.replaceChildren(icon(KINDS[kind], 18), this.texts[kindText(kind)], icon("chevron-down", 16));
  }

  update(node) {
    if (node.type.name !== "callout") return false;
    this.show(node);
    return true;
  }

  stopEvent({ target }) {
    return !this.contentDOM.contains(target);
  }

  ignoreMutation({ target }) {
    return !this.contentDOM.contains(target);
  }
}

class Picture {
  constructor(node, pictures) {
    this.pictures = pictures;
    this.dom = make("span", { className: "editor-picture" });
    this.show(node);
  }

  async show({ attrs }) {
    this.attrs = attrs;
    const { src, alt, title } = attrs;
    this.dom.replaceChildren(make("img", { alt }));
    const address = (await this.pictures.urlOf(src)) ?? src;
    if (this.attrs !== attrs) return;
    // Browsers never call strangers for a picture, and one that is not among the page's files is nowhere.
    if (!/^(?:\/(?!\/)|blob:)/.test(address)) return this.dom.replaceChildren(missing(alt || src));
    const image = make("img", { alt, title: title ?? "", draggable: true });
    image.addEventListener("error", () => this.dom.replaceChildren(missing(alt || src)));
    image.src = address;
    this.dom.replaceChildren(image);
  }

  update(node) {
    if (node.type.name !== "image") return false;
    if (node.attrs !== this.attrs) this.show(node);
    return true;
  }

  ignoreMutation() {
    return true;
  }
}

function missing(words) {
  return make("span", { className: "editor-missing" }, icon("image", 18), words);
}

function kindText(kind) {
  return `kind${kind[0].toUpperCase()}${kind.slice(1)}`;
}
