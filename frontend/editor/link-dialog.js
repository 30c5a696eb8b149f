// The small window for a link: where it leads, an address or a page of the wiki, and its words.
import { make } from "../behaviours/elements.js";
import { addressFrom, partsOfWikilink } from "./links.js";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
let count = 0;

/** @param completeUrl where pages are found by name; null where there are none. */
export function linkDialog(texts, completeUrl) {
  const id = `editor-link-${++count}`;
  const where = make("input", { id: `${id}-where`, type: "text", inputMode: "url", autocomplete: "off", spellcheck: false, autocapitalize: "none" });
  const words = make("input", { id: `${id}-words`, type: "text", autocomplete: "off" });
  const known = make("datalist", { id: `${id}-known` });
  const wrong = make("p", { className: "field-errors", id: `${id}-wrong`, role: "alert" });
  const remove = button("button-quiet", "button", texts.linkRemove);
  const cancel = button("button-quiet", "button", texts.cancel);
  const form = make(
    "form",
    { method: "dialog", noValidate: true, className: "dialog-body" },
    field(completeUrl ? texts.linkWhereOrPage : texts.linkWhere, where),
    wrong,
    known,
    field(texts.linkWords, words),
    make("div", { className: "form-actions" }, button("button-primary", "submit", texts.linkApply), cancel, remove),
  );
  const title = make("h2", { className: "dialog-title", id: `${id}-title` }, texts.link);
  const dialog = make("dialog", { className: "dialog editor-dialog", aria: { labelledby: title.id } }, make("div", { className: "dialog-head" }, title), form);
  let view;
  let place;

  where.setAttribute("list", known.id);
  where.setAttribute("aria-describedby", wrong.id);
  document.body.append(dialog);
  cancel.addEventListener("click", () => dialog.close());
  remove.addEventListener("click", () => finish(null));
  dialog.addEventListener("close", () => view.focus());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  if (completeUrl) where.addEventListener("input", offerPages);

  return function open(editor) {
    view = editor;
    place = placeOf(view.state);
    where.value = place.where;
    words.value = place.words;
    wrong.textContent = "";
    remove.hidden = !place.isLink;
    words.parentElement.hidden = place.isMixed;
    dialog.showModal();
    where.select();
    return true;
  };

  function apply() {
    const typed = where.value.trim();
    if (!typed) return finish(null);
    const node = nodeFor(typed);
    if (!node) {
      wrong.textContent = texts.linkWrong;
      return where.focus();
    }
    finish(node);
  }

  /** The mark or the node that what was typed stands for. */
  function nodeFor(typed) {
    const isName = completeUrl && !/^(?:[a-z]+:|[/#?.])/i.test(typed) && !/^\S+\.[a-z]{2,}(?:[/?#]\S*)?$/i.test(typed);
    const page = isName && partsOfWikilink(typed);
    if (page) return nodes.wikilink.create({ ...page, label: words.value.trim() && words.value.trim() !== page.target ? words.value.trim().replace(/[[\]|\n]/g, " ") : page.label });
    const href = addressFrom(typed);
    return href && marks.link.create({ href, title: place.title });
  }

  function finish(made) {
    const { tr } = view.state;
    const { from, to } = place;
    const text = words.value.trim() || (made ? where.value.trim() : place.words);
    if (made?.type === nodes.wikilink) tr.replaceWith(from, to, made);
    else if (place.isMixed || (place.words === text && from < to && !place.isPage)) {
      tr.removeMark(from, to, marks.link);
      if (made) tr.addMark(from, to, made);
    } else if (text) {
      const around = tr.doc.resolve(from).marksAcross(tr.doc.resolve(to)) ?? tr.doc.resolve(from).marks();
      const rest = around.filter(({ type }) => type !== marks.link);
      tr.replaceWith(from, to, schema.text(text, made ? made.addToSet(rest) : rest));
    }
    view.dispatch(tr.scrollIntoView());
    dialog.close();
  }

  async function offerPages() {
    const address = new URL(completeUrl, location.href);
    address.searchParams.set("q", where.value);
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) known.replaceChildren(...(await answer.json()).map(({ value }) => make("option", { value })));
  }
}

/** What the link will be made of: the link or the wikilink at the caret, or the selected words. */
function placeOf(state) {
  const { from, to, $from, empty, node } = state.selection;
  if (node?.type === nodes.wikilink) return { from, to, where: node.attrs.target, words: node.attrs.label ?? "", isLink: true, isPage: true };
  const mark = marks.link.isInSet($from.marks()) || marks.link.isInSet($from.nodeAfter?.marks ?? []);
  if (mark) return { ...extent($from, mark), where: mark.attrs.href, title: mark.attrs.title, isLink: true };
  const selected = state.doc.textBetween(from, to, " ", "\ufffc");
  const isMixed = !empty && (!$from.sameParent(state.selection.$to) || /\ufffc/.test(selected) || severalMarks(state.doc, from, to));
  return { from, to, where: "", words: selected, isLink: state.doc.rangeHasMark(from, to, marks.link), isMixed };
}

function severalMarks(doc, from, to) {
  let runs = 0;
  doc.nodesBetween(from, to, (node) => void (node.isText && runs++));
  return runs > 1;
}

/** From where to where a link goes on around the caret. */
function extent($from, mark) {
  const { parent } = $from;
  const has = (index) => index >= 0 && index < parent.childCount && mark.isInSet(parent.child(index).marks);
  let first = has($from.index()) ? $from.index() : $from.index() - 1;
  let last = first;
  while (has(first - 1)) first--;
  while (has(last + 1)) last++;
  const start = $from.start() + parent.children.slice(0, first).reduce((size, { nodeSize }) => size + nodeSize, 0);
  const inside = parent.children.slice(first, last + 1);
  const end = start + inside.reduce((size, { nodeSize }) => size + nodeSize, 0);
  return { from: start, to: end, words: inside.map(({ textContent }) => textContent).join(""), isMixed: inside.length > 1 };
}

function field(label, input) {
  return make("div", { className: "field" }, make("label", { className: "field-label", htmlFor: input.id }, label), input);
}

function button(kind, type, words) {
  return make("button", { type, className: `button ${kind}` }, words);
}
