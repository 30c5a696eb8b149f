// Keys, and the Markdown that becomes what it means while it is typed.
import { baseKeymap, chainCommands, exitCode } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { InputRule, inputRules, textblockTypeInputRule, undoInputRule, wrappingInputRule } from "prosemirror-inputrules";
import { keymap } from "prosemirror-keymap";
import { Plugin, TextSelection } from "prosemirror-state";
import { goToNextCell, isInTable } from "prosemirror-tables";
import { findWrapping } from "prosemirror-transform";
import * as commands from "./commands.js";
import { WIKILINK, isSafeLink, partsOfWikilink } from "./links.js";
import { schema } from "./schema.js";

const { nodes, marks } = schema;
const WRITTEN = new RegExp(`${WIKILINK.source}|\\[\\^[^\\]\\s]+\\]`, "g");

export function keys(editLink) {
  return [
    leaving(),
    keymap({
      "Mod-b": commands.bold,
      "Mod-i": commands.italic,
      "Mod-e": commands.code,
      "Mod-Shift-x": commands.strike,
      "Mod-k": (_state, dispatch) => Boolean(dispatch && editLink()) || true,
      "Mod-Alt-0": commands.paragraph,
      "Mod-Alt-2": commands.heading(2),
      "Mod-Alt-3": commands.heading(3),
      "Mod-Alt-4": commands.heading(4),
      "Mod-Shift-7": commands.orderedList,
      "Mod-Shift-8": commands.bulletList,
      "Mod-Shift-9": commands.taskList,
      "Mod-Shift-.": commands.quote,
      "Mod-z": undo,
      "Mod-Shift-z": redo,
      "Mod-y": redo,
      "Shift-Enter": chainCommands(exitCode, commands.hardBreak),
      "Mod-Enter": chainCommands(exitCode, commands.checkTask),
      Enter: chainCommands(commands.cellBelow, commands.splitItem),
      Backspace: chainCommands(undoInputRule, commands.plainBlock),
      Tab: chainCommands(nextCell, inList(commands.sinkItem)),
      "Shift-Tab": chainCommands(goToNextCell(-1), inList(commands.liftItem)),
    }),
    keymap(baseKeymap),
    history(),
    typed(),
    links(),
    lastLine(),
  ];
}

/** Escape, then Tab leaves the text wherever the caret is. Keys that the text takes are not for the page around it. */
function leaving() {
  let escaped = false;
  function keydown(_view, event) {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) event.stopPropagation();
    if (event.key === "Tab" && escaped) return true;
    if (event.key !== "Shift") escaped = event.key === "Escape";
    return false;
  }
  return new Plugin({ props: { handleDOMEvents: { keydown } } });
}

/** Tab in a list belongs to the list, also where nothing can be moved. */
function inList(command) {
  return (state, dispatch) => Boolean(commands.listAround(state)) && !isInTable(state) && (command(state, dispatch) || true);
}

function nextCell(state, dispatch, view) {
  if (goToNextCell(1)(state, dispatch)) return true;
  return isInTable(state) && commands.cellBelow(state, dispatch, view);
}

function typed() {
  const rules = [
    textblockTypeInputRule(/^(#{1,4})\s$/, nodes.heading, ([, signs]) => ({ level: Math.max(2, signs.length) })),
    wrappingInputRule(/^\s*([-+*])\s$/, nodes.bullet_list, ([, marker]) => ({ marker })),
    wrappingInputRule(/^(\d{1,9})([.)])\s$/, nodes.ordered_list, ([, order, marker]) => ({ order: Number(order), marker }), ([, order], node) => node.childCount + node.attrs.order === Number(order)),
    new InputRule(/^\[([ xX]?)\]\s$/, task),
    wrappingInputRule(/^>\s$/, nodes.blockquote),
    textblockTypeInputRule(/^```([\w+#.-]*)\s$/, nodes.code_block, ([, params]) => ({ params })),
    new InputRule(/^(?:---|\*\*\*|___)$/, rule),
    marking(/(?:^|[^*\w])(\*\*)([^\s*](?:[^*]*[^\s*])?)\*\*$/, marks.strong),
    marking(/(?:^|[^_\w])(__)([^\s_](?:[^_]*[^\s_])?)__$/, marks.strong),
    marking(/(?:^|[^*\w])(\*)([^\s*](?:[^*]*[^\s*])?)\*$/, marks.em),
    marking(/(?:^|[^_\w])(_)([^\s_](?:[^_]*[^\s_])?)_$/, marks.em),
    marking(/(?:^|[^~])(~~)([^\s~](?:[^~]*[^\s~])?)~~$/, marks.strike),
    marking(/(?:^|[^`])(`)([^`]+)`$/, marks.code),
    new InputRule(/(?<!\[|!)\[([^[\]]+)\]\(([^\s()]+)\)$/, link),
  ];
  return inputRules({ rules });
}

/** What stands between two signs takes the mark, and the signs go. */
function marking(pattern, type) {
  return new InputRule(pattern, (state, match, start, end) => {
    const [whole, sign, words] = match;
    const from = start + whole.indexOf(sign + words);
    const $from = state.doc.resolve(from);
    if (!$from.parent.type.allowsMarkType(type) || state.doc.rangeHasMark(from, end, marks.code)) return null;
    const { tr } = state;
    const stop = from + 2 * sign.length + words.length - 1; // the last sign is being typed
    tr.delete(from + sign.length + words.length, Math.min(stop, end)).delete(from, from + sign.length);
    return tr.addMark(from, from + words.length, type.create()).removeStoredMark(type);
  });
}

function link(state, [whole, words, href], start, end) {
  if (!isSafeLink(href)) return null;
  const { tr } = state;
  tr.delete(start + 1 + words.length, end).delete(start, start + 1);
  return tr.addMark(start, start + words.length, marks.link.create({ href })).removeStoredMark(marks.link);
}

function task(state, [, sign], start, end) {
  const tr = state.tr.delete(start, end);
  const item = commands.ancestor(tr, nodes.list_item);
  if (tr.selection.$from.parentOffset > 0 || (item && item.node.attrs.checked !== null)) return null;
  if (!item) {
    const range = tr.selection.$from.blockRange();
    const around = range && findWrapping(range, nodes.bullet_list);
    if (!around) return null;
    tr.wrap(range, around);
  }
  return tr.setNodeMarkup(commands.ancestor(tr, nodes.list_item).pos, null, { checked: sign.trim() !== "" });
}

function rule(state, _match, start, end) {
  const $start = state.doc.resolve(start);
  if ($start.parent.type !== nodes.paragraph || isInTable(state)) return null;
  const from = $start.before();
  const { tr } = state;
  tr.replaceWith(from, $start.after(), [nodes.horizontal_rule.create(), nodes.paragraph.create()]);
  return end >= start ? tr.setSelection(TextSelection.create(tr.doc, from + 2)) : null;
}

/** [[Page]] and [^1] are what they mean as soon as they are complete, however they came into the text. */
function links() {
  return new Plugin({
    appendTransaction(transactions, _before, state) {
      if (!transactions.some(({ docChanged }) => docChanged)) return null;
      const found = [];
      for (const [from, to] of changedRanges(transactions, state.doc)) {
        state.doc.nodesBetween(from, to, (node, pos, parent) => {
          if (node.isText && !parent.type.spec.code && !marks.code.isInSet(node.marks)) found.push(...writtenIn(node, pos));
          return !node.type.spec.code;
        });
      }
      if (found.length === 0) return null;
      const { tr } = state;
      for (const { from, to, node } of found.reverse()) tr.replaceWith(from, to, node);
      return tr;
    },
  });
}

function* writtenIn(node, pos) {
  for (const { 0: source, index } of node.text.matchAll(WRITTEN)) {
    const parts = source.startsWith("[^") ? null : partsOfWikilink(source.slice(2, -2));
    const made = parts ? nodes.wikilink.create(parts, null, node.marks) : source.startsWith("[^") && nodes.raw_inline.create({ source }, null, node.marks);
    if (made) yield { from: pos + index, to: pos + index + source.length, node: made };
  }
}

function changedRanges(transactions, doc) {
  const ranges = [];
  for (const [at, transaction] of transactions.entries()) {
    transaction.mapping.maps.forEach((map, step) =>
      map.forEach((_from, _to, from, to) => {
        let [start, end] = [transaction.mapping.slice(step + 1).map(from, -1), transaction.mapping.slice(step + 1).map(to, 1)];
        for (const later of transactions.slice(at + 1)) [start, end] = [later.mapping.map(start, -1), later.mapping.map(end, 1)];
        ranges.push([Math.max(0, start), Math.min(doc.content.size, end)]);
      }),
    );
  }
  return ranges;
}

/** There is always a line to write on below what one cannot write behind. */
function lastLine() {
  return new Plugin({
    appendTransaction: (_transactions, _before, { doc, tr }) => (needsLine(doc) ? tr.insert(doc.content.size, nodes.paragraph.create()).setMeta("addToHistory", false) : null),
  });
}

export function needsLine({ lastChild }) {
  return ![nodes.paragraph, nodes.heading, nodes.bullet_list, nodes.ordered_list].includes(lastChild.type);
}
