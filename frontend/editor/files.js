// Pictures and files on their way into the text: each has a line of its own with a bar until it is there, or says why it
// is not and can be tried again.
import { Plugin, PluginKey } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { make } from "../behaviours/elements.js";
import { toast } from "../behaviours/toast.js";
import { readText } from "./read.js";
import { schema } from "./schema.js";

const key = new PluginKey("files");

export class Files {
  /** @param url where files are sent to, which also lists those that are there; null where none are taken. */
  constructor(texts, url) {
    this.texts = texts;
    this.url = url;
    this.sending = new Set();
    this.shown = new Map();
    this.plugin = new Plugin({ key, state: { init: () => DecorationSet.empty, apply: follow }, props: { decorations: (state) => key.getState(state) } });
    addEventListener("beforeunload", (event) => this.sending.size > 0 && event.preventDefault());
  }

  /** Where a picture of the text is: what was just sent is known, the rest the server lists. */
  async urlOf(src) {
    const name = decoded(src);
    if (this.shown.has(name) || !this.url || /^(?:[a-z]+:|\/)/i.test(src)) return this.shown.get(name);
    this.listed ??= this.list();
    return (await this.listed).get(name);
  }

  async list() {
    const answer = await fetch(this.url, { headers: { Accept: "application/json" } }).catch(() => null);
    const files = answer?.ok && answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : [];
    return new Map(files.map(({ name, url }) => [name, url]));
  }

  take(view, files, at = view.state.selection.to) {
    if (!this.url) return toast("info", this.texts.filesLater);
    for (const file of files) this.send(view, file, at);
  }

  send(view, file, at) {
    const id = {};
    const line = new Line(file, this.texts, { retry: () => this.start(view, id, file, line), remove: () => this.drop(view, id) });
    view.dispatch(view.state.tr.setMeta(key, { add: { id, at, dom: line.dom } }));
    this.start(view, id, file, line);
  }

  start(view, id, file, line) {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.set("file", file, file.name);
    this.sending.add(id);
    line.begin(() => request.abort());
    request.open("POST", this.url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => line.progress(loaded / total));
    request.addEventListener("loadend", () => {
      this.sending.delete(id);
      const markdown = request.status < 300 ? request.response?.markdown : undefined;
      if (markdown) this.arrive(view, id, file, markdown);
      else line.fail(request.response?.detail ?? (request.status ? this.texts.fileFailed : this.texts.fileOffline));
    });
    request.send(body);
  }

  arrive(view, id, file, markdown) {
    const [block] = readText(markdown).blocks;
    const content = block?.node.isTextblock && block.node.type.name === "paragraph" ? block.node.content : schema.text(markdown);
    content.forEach?.(({ type, attrs }) => type.name === "image" && this.shown.set(decoded(attrs.src), URL.createObjectURL(file)));
    const at = placeOf(view.state, id);
    const { tr } = view.state;
    if (at !== null) put(tr, at, content);
    view.dispatch(tr.setMeta(key, { remove: id }));
  }

  drop(view, id) {
    view.dispatch(view.state.tr.setMeta(key, { remove: id }));
    view.focus();
  }
}

/** What stands in the text while a file is on its way. */
class Line {
  constructor(file, texts, { retry, remove }) {
    this.bar = make("progress", { max: 1, value: 0, aria: { label: file.name } });
    this.state = make("span", { className: "editor-file-state" }, texts.sending);
    this.retry = button(texts.retry, retry);
    this.remove = button(texts.remove, () => (this.abort ? this.abort() : remove()));
    this.dom = make("span", { className: "editor-file", contentEditable: "false" }, make("span", { className: "editor-file-name" }, file.name), this.bar, this.state, this.retry, this.remove);
    this.texts = texts;
    this.gone = remove;
  }

  begin(abort) {
    this.abort = () => {
      abort();
      this.gone();
    };
    this.bar.value = 0;
    this.bar.hidden = false;
    this.retry.hidden = true;
    this.dom.classList.remove("is-failed");
    this.state.role = null;
    this.state.textContent = this.texts.sending;
    this.remove.textContent = this.texts.cancel;
  }

  progress(share) {
    this.bar.value = share;
  }

  fail(reason) {
    this.abort = null;
    this.bar.hidden = true;
    this.retry.hidden = false;
    this.dom.classList.add("is-failed");
    this.state.role = "alert";
    this.state.textContent = reason;
    this.remove.textContent = this.texts.remove;
  }
}

function button(words, act) {
  const made = make("button", { type: "button", className: "button button-secondary button-small" }, words);
  made.addEventListener("click", act);
  return made;
}

/** A picture stands on a line of its own, where there are lines; a link to a file between the words. */
function put(tr, at, content) {
  const $at = tr.doc.resolve(at);
  const { parent } = $at;
  const isPicture = content.firstChild?.type.name === "image" || content.type?.name === "image";
  if (!parent.inlineContent || parent.type.spec.code) return tr.insert($at.depth ? $at.after() : at, schema.nodes.paragraph.create(null, content));
  if (isPicture && $at.depth === 1 && parent.childCount > 0) return tr.insert($at.after(), schema.nodes.paragraph.create(null, content));
  tr.insert(at, content);
  return /\S/.test($at.nodeBefore?.text?.at(-1) ?? "") ? tr.insertText(" ", at) : tr;
}

function follow(tr, before) {
  const { add, remove } = tr.getMeta(key) ?? {};
  const mapped = before.map(tr.mapping, tr.doc);
  if (add) return mapped.add(tr.doc, [Decoration.widget(Math.min(add.at, tr.doc.content.size), add.dom, { id: add.id, stopEvent: () => true, ignoreSelection: true, side: 1, key: `${Math.random()}` })]);
  return remove ? mapped.remove(mapped.find(null, null, ({ id }) => id === remove)) : mapped;
}

function placeOf(state, wanted) {
  return key.getState(state).find(null, null, ({ id }) => id === wanted)[0]?.from ?? null;
}

function decoded(src) {
  try {
    return decodeURIComponent(src.split("#")[0]);
  } catch {
    return src;
  }
}
