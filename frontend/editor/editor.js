// The editor around a text box: rich above, the box itself below as the form's field and the source. What one writes in
// either is in both.
import { dropCursor } from "prosemirror-dropcursor";
import { gapCursor } from "prosemirror-gapcursor";
import { EditorState, NodeSelection, Plugin } from "prosemirror-state";
import { tableEditing } from "prosemirror-tables";
import { EditorView } from "prosemirror-view";
import { make } from "../behaviours/elements.js";
import { blocksFor } from "./blocks.js";
import { Files } from "./files.js";
import { icon, useSprite } from "./icons.js";
import { keys, needsLine } from "./keys.js";
import { linkDialog } from "./link-dialog.js";
import { openText } from "./original.js";
import { pasting } from "./paste.js";
import { schema } from "./schema.js";
import { shown } from "./shown.js";
import { suggestions } from "./suggest.js";
import { Toolbar } from "./toolbar.js";
import { nodeViews } from "./views.js";
import { followKeyboard } from "./keyboard.js";

const CHOSEN = "cercle:editor";

/** @param textarea <textarea data-editor="full|compact" data-icons data-complete-url data-mention-url data-attach-url
 *   data-mode="rich|source">; without a mode it opens as it was left on this device. */
export class Editor {
  constructor(textarea) {
    const { dataset } = textarea;
    this.textarea = textarea;
    this.texts = JSON.parse(textarea.closest("[data-editor-field]").querySelector("template").dataset.texts);
    this.compact = dataset.editor === "compact";
    this.files = new Files(this.texts, dataset.attachUrl ?? null);
    useSprite(dataset.icons);
    this.editLink = linkDialog(this.texts, dataset.completeUrl ?? null);
    this.page = make("div", { className: "editor-page" });
    this.root = make("div", { className: `editor${this.compact ? " editor-compact" : ""}` }, this.page);
    textarea.before(this.root);
    this.view = this.open();
    this.modes = this.modeSwitch();
    this.root.parentElement.classList.add("has-editor");
    this.root.before(this.modes);
    this.listen();
    this.show((dataset.mode ?? localStorage.getItem(CHOSEN)) === "source" ? "source" : "rich");
  }

  open() {
    const { textarea, texts } = this;
    const label = textarea.labels[0];
    label.id ||= `${textarea.id}-label`;
    const chooseFile = this.files.url ? (_state, dispatch) => !dispatch || this.chooseFile() : null;
    const acts = { chooseFile, editLink: () => this.editLink(this.view) };
    const blocks = blocksFor(texts, acts);
    const bar = new Plugin({
      view: (view) => {
        const toolbar = new Toolbar(view, { texts, blocks, acts, compact: this.compact, controls: `${textarea.id}-rich` });
        this.root.prepend(toolbar.dom);
        return toolbar;
      },
    });
    const urls = { complete: textarea.dataset.completeUrl, mention: textarea.dataset.mentionUrl };
    this.plugins = [
      suggestions({ texts, blocks, urls }),
      ...keys(acts.editLink),
      pasting((files, at) => this.files.take(this.view, files, at)),
      this.files.plugin,
      tableEditing({ allowTableNodeSelection: true }),
      shown(texts.placeholder),
      dropCursor({ class: "editor-drop", color: false, width: 3 }),
      gapCursor(),
      bar,
    ];
    return new EditorView(this.page, {
      state: this.read(),
      nodeViews: nodeViews(texts, this.files),
      attributes: {
        class: "editor-text prose",
        id: `${textarea.id}-rich`,
        role: "textbox",
        "aria-multiline": "true",
        "aria-labelledby": label.id,
        "aria-describedby": `${textarea.id}-keys`,
        ...(textarea.getAttribute("aria-invalid") ? { "aria-invalid": "true" } : {}),
        spellcheck: "true",
        translate: "no",
        dir: "auto",
      },
      handleDOMEvents: { input: stay, change: stay },
      handleClick: (view, pos, event) => follow(event),
      handleDoubleClickOn: (view, _pos, node) => node.type === schema.nodes.wikilink && this.editLink(view),
      handleClickOn: (view, _pos, node, at, event) => this.clicked(view, node, at, event),
      dispatchTransaction: (tr) => this.dispatch(tr),
    });
  }

  /** The state for what the text box holds. */
  read() {
    this.written = this.textarea.value;
    this.original = openText(this.written);
    const doc = needsLine(this.original.doc) ? this.original.doc.copy(this.original.doc.content.addToEnd(schema.nodes.paragraph.create())) : this.original.doc;
    return EditorState.create({ doc, plugins: this.plugins });
  }

  dispatch(tr) {
    this.view.updateState(this.view.state.apply(tr));
    if (tr.docChanged) this.write();
  }

  /** Puts the text into the text box, where drafts, previews and the form find it. */
  write() {
    const text = this.original.write(this.view.state.doc);
    if (text === this.written) return;
    this.written = this.textarea.value = text;
    this.written = this.textarea.value;
    this.textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }

  listen() {
    const { textarea, view } = this;
    textarea.addEventListener("input", () => textarea.value !== this.written && this.mode === "rich" && view.updateState(this.read()));
    textarea.form?.addEventListener("reset", () => setTimeout(() => view.updateState(this.read())));
    document.addEventListener("click", (event) => {
      const isLabel = event.target.closest?.("label")?.htmlFor === textarea.id || event.target.closest?.("a[href]")?.hash === `#${textarea.id}`;
      if (!isLabel || this.mode !== "rich") return;
      event.preventDefault();
      view.focus();
      view.dom.scrollIntoView({ block: "center" });
    });
    followKeyboard(this.root, view);
  }

  modeSwitch() {
    const button = (mode, picture) => {
      const made = make("button", { type: "button", data: { mode } }, icon(picture, 16), make("span", {}, this.texts[mode]));
      made.addEventListener("click", () => this.choose(mode));
      return made;
    };
    const help = make("span", { className: "visually-hidden", id: `${this.textarea.id}-keys` }, this.texts.keys);
    return make("div", { className: "editor-modes", role: "group", aria: { label: this.texts.modes } }, button("rich", "pen-line"), button("source", "code"), help);
  }

  choose(mode) {
    localStorage.setItem(CHOSEN, mode);
    this.show(mode);
    if (mode === "rich") this.view.focus();
    else this.textarea.focus({ preventScroll: true });
  }

  show(mode) {
    this.mode = mode;
    if (mode === "rich" && this.textarea.value !== this.written) this.view.updateState(this.read());
    this.root.hidden = mode !== "rich";
    this.textarea.hidden = mode === "rich";
    this.root.parentElement.classList.toggle("is-rich", mode === "rich");
    for (const button of this.modes.querySelectorAll("button")) button.ariaPressed = String(button.dataset.mode === mode);
  }

  clicked(view, node, at, event) {
    if (node.type !== schema.nodes.wikilink) return false;
    view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, at)));
    if (event.detail === 1) this.editLink(view);
    return true;
  }

  chooseFile() {
    const input = make("input", { type: "file", multiple: true });
    input.addEventListener("change", () => this.files.take(this.view, [...input.files]));
    input.click();
    return true;
  }
}

/** What the form listens to comes from the text box. */
function stay(_view, event) {
  if (event.target.type !== "checkbox") event.stopPropagation();
  return false;
}

/** With Ctrl, a click follows a link. */
function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || !(event.ctrlKey || event.metaKey)) return false;
  open(link.href, "_blank", "noopener");
  return true;
}
