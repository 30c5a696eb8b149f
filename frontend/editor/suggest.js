// Suggestions at the caret: "/" at the start of a block, "[[" for pages, "@" for people.
import { Plugin } from "prosemirror-state";
import { isInTable } from "prosemirror-tables";
import { blocksLike } from "./blocks.js";
import { Choices } from "./choices.js";
import { schema } from "./schema.js";

const PAUSE = 120;
const MOST = 8;
const { nodes, marks } = schema;

/**
 * @param blocks what "/" offers; @param urls {complete, mention}: each answers ?q=… with [{label, value}].
 */
export function suggestions({ texts, blocks, urls }) {
  const kinds = [
    { opened: /^\/([\p{L}\p{N}’' -]{0,30})$/u, find: (words) => blocksLike(blocks, words), accept: runBlock, fits: startsParagraph },
    ...(urls.complete ? [{ opened: /\[\[([^\][\n|\ufffc]{0,60})$/, find: (words, isWanted) => ask(urls.complete, words, isWanted), accept: insertPage }] : []),
    ...(urls.mention ? [{ opened: /(?<![\p{L}\p{N}./+@-])@([\p{L}\p{N}.’-]{0,40})$/u, find: (words, isWanted) => ask(urls.mention, words, isWanted), accept: insertPerson }] : []),
  ];
  return new Plugin({
    view: (view) => new Suggestions(view, texts, kinds),
    props: {
      handleKeyDown(view, event) {
        return !event.isComposing && (view.suggestions?.press(event) ?? false);
      },
    },
  });
}

class Suggestions {
  constructor(view, texts, kinds) {
    this.view = view;
    this.kinds = kinds;
    this.choices = new Choices(texts.suggestions, (item) => this.accept(item));
    this.put = null;
    view.suggestions = this;
    view.dom.parentElement?.append(this.choices.list);
    this.leave = () => this.hide();
    this.follow = () => this.choices.isOpen && this.choices.place(view.coordsAtPos(this.found.from));
    view.dom.addEventListener("blur", this.leave);
    addEventListener("scroll", this.follow, { passive: true });
  }

  update(view, before) {
    if (before.doc.eq(view.state.doc) && before.selection.eq(view.state.selection)) return;
    if (!this.choices.list.isConnected) view.dom.parentElement.append(this.choices.list);
    const found = view.editable && view.hasFocus() ? this.openedAt(view.state) : null;
    if (!found) {
      this.put = null;
      return this.hide();
    }
    if (this.put?.from === found.from && this.put.kind === found.kind) return this.hide();
    this.put = null;
    this.look(found);
  }

  openedAt(state) {
    const { $from, empty } = state.selection;
    if (!empty || $from.parent.type.spec.code || marks.code.isInSet($from.marks())) return null;
    const before = $from.parent.textBetween(Math.max(0, $from.parentOffset - 80), $from.parentOffset, "\ufffc", "\ufffc");
    for (const kind of this.kinds) {
      const found = kind.opened.exec(before);
      if (found && (!kind.fits || kind.fits(state))) return { kind, words: found[1], from: $from.pos - found[0].length, to: $from.pos };
    }
    return null;
  }

  async look(found) {
    const mine = (this.found = found);
    const items = await found.kind.find(found.words, () => mine === this.found);
    if (mine !== this.found || !items) return;
    if (!this.view.dom.isConnected) return;
    this.choices.show(items, this.view.coordsAtPos(found.from));
    this.tell();
  }

  press(event) {
    if (!this.choices.isOpen) return false;
    if (event.key === "Escape") {
      this.put = this.found;
      this.hide();
      return true;
    }
    const taken = this.choices.press(event.key);
    if (taken) this.tell();
    return taken;
  }

  accept(item) {
    const { kind, from, to } = this.found;
    kind.accept(this.view, item, from, to);
    this.hide();
    this.view.focus();
  }

  hide() {
    this.found = null;
    if (!this.choices.isOpen && !this.view.dom.hasAttribute("aria-activedescendant")) return;
    this.choices.hide();
    this.tell();
  }

  /** Screen readers hear which suggestion is marked. */
  tell() {
    const { dom } = this.view;
    const { activeId, list } = this.choices;
    for (const [name, value] of [["aria-activedescendant", activeId], ["aria-controls", activeId && list.id]]) {
      if (value) dom.setAttribute(name, value);
      else dom.removeAttribute(name);
    }
  }

  destroy() {
    this.view.dom.removeEventListener("blur", this.leave);
    removeEventListener("scroll", this.follow);
    this.choices.list.remove();
  }
}

function startsParagraph(state) {
  return state.selection.$from.parent.type === nodes.paragraph && !isInTable(state);
}

async function ask(url, words, isWanted) {
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
  if (!isWanted()) return null;
  const address = new URL(url, location.href);
  address.searchParams.set("q", words);
  const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok ? (await answer.json()).slice(0, MOST) : [];
}

function runBlock(view, { run }, from, to) {
  view.dispatch(view.state.tr.delete(from, to));
  run(view.state, view.dispatch, view);
}

function insertPage(view, { value }, from, to) {
  const closed = view.state.doc.textBetween(to, Math.min(to + 2, view.state.doc.resolve(to).end())) === "]]" ? 2 : 0;
  view.dispatch(view.state.tr.replaceWith(from, to + closed, nodes.wikilink.create({ target: value })).scrollIntoView());
}

function insertPerson(view, { value }, from, to) {
  view.dispatch(view.state.tr.insertText(`@${value} `, from, to).scrollIntoView());
}
