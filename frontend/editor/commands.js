// What the buttons, the keys and the slash menu do to the text.
import { lift, setBlockType, toggleMark, wrapIn } from "prosemirror-commands";
import { liftListItem, sinkListItem, splitListItem, wrapInList } from "prosemirror-schema-list";
import { TextSelection } from "prosemirror-state";
import { isInTable } from "prosemirror-tables";
import { liftTarget } from "prosemirror-transform";
import { schema } from "./schema.js";

const { nodes, marks } = schema;

export const bold = toggleMark(marks.strong);
export const italic = toggleMark(marks.em);
export const strike = toggleMark(marks.strike);
export const code = toggleMark(marks.code);
export const paragraph = setBlockType(nodes.paragraph);
export const heading = (level) => setBlockType(nodes.heading, { level });
export const bulletList = toList(nodes.bullet_list);
export const orderedList = toList(nodes.ordered_list);
export const quote = toggleWrap(nodes.blockquote);
export const liftItem = liftListItem(nodes.list_item);
export const sinkItem = sinkListItem(nodes.list_item);

export const codeBlock = (state, dispatch) => (isBlock(state, nodes.code_block) ? paragraph : setBlockType(nodes.code_block))(state, dispatch);

export function callout(kind) {
  return (state, dispatch) => {
    const around = ancestor(state, nodes.callout);
    if (!around) return wrapIn(nodes.callout, { kind })(state, dispatch);
    if (around.node.attrs.kind === kind) return toggleWrap(nodes.callout)(state, dispatch);
    dispatch?.(state.tr.setNodeMarkup(around.pos, null, { kind }));
    return true;
  };
}

/** A list of tasks, or the tasks around the selection made into points again. */
export function taskList(state, dispatch) {
  const items = itemsIn(state);
  if (items.length === 0) {
    return wrapInList(nodes.bullet_list)(state, dispatch && ((tr) => dispatch(checkAll(tr, itemsIn(state.apply(tr)), false))));
  }
  const tasks = items.every(({ node }) => node.attrs.checked !== null);
  dispatch?.(checkAll(state.tr, items, tasks ? null : false).scrollIntoView());
  return true;
}

/** Done, or still to be done. */
export function checkTask(state, dispatch) {
  const item = ancestor(state, nodes.list_item);
  if (!item || item.node.attrs.checked === null) return false;
  dispatch?.(checkAll(state.tr, [item], !item.node.attrs.checked));
  return true;
}

/** The next item; a task after a task is still to be done. */
export function splitItem(state, dispatch) {
  const item = ancestor(state, nodes.list_item);
  return splitListItem(nodes.list_item, item?.node.attrs.checked == null ? undefined : { checked: false })(state, dispatch);
}

export function hardBreak(state, dispatch) {
  if (isInTable(state)) return true;
  if (!state.selection.$from.parent.type.contentMatch.matchType(nodes.hard_break)) return false;
  dispatch?.(state.tr.replaceSelectionWith(nodes.hard_break.create()).scrollIntoView());
  return true;
}

export function horizontalRule(state, dispatch) {
  return insertBlock(() => nodes.horizontal_rule.create())(state, dispatch);
}

export function table(state, dispatch) {
  if (isInTable(state)) return false;
  const row = (type) => nodes.table_row.create(null, [1, 2, 3].map(() => type.create()));
  const made = () => nodes.table.create(null, [row(nodes.table_header), row(nodes.table_cell), row(nodes.table_cell)]);
  return insertBlock(made, 3)(state, dispatch);
}

/** Puts a block in place of an empty paragraph, or after the block with the caret. `into` is where the caret goes in it. */
export function insertBlock(make, into) {
  return (state, dispatch) => {
    const { $from } = state.selection;
    if (isInTable(state) || $from.depth === 0) return false;
    const empty = $from.parent.type === nodes.paragraph && $from.parent.childCount === 0;
    const [from, to] = empty ? [$from.before(), $from.after()] : [$from.after(), $from.after()];
    const block = make();
    const outside = state.doc.resolve(from);
    if (!outside.parent.canReplaceWith(outside.index(), empty ? outside.indexAfter() + 1 : outside.index(), block.type)) return false;
    const follows = state.doc.resolve(to).nodeAfter;
    const tr = state.tr.replaceWith(from, to, follows ? [block] : [block, nodes.paragraph.create()]);
    const caret = into ? from + into : from + block.nodeSize + 1;
    dispatch?.(tr.setSelection(TextSelection.near(tr.doc.resolve(caret))).scrollIntoView());
    return true;
  };
}

/** Aligns the columns of a table that the selection touches. */
export function alignColumn(align) {
  return (state, dispatch) => {
    if (!isInTable(state)) return false;
    const found = ancestor(state, nodes.table);
    const row = ancestor(state, nodes.table_row);
    if (!found || !row) return false;
    const column = state.selection.$from.index(row.depth);
    const { tr } = state;
    found.node.forEach((each, offset) => {
      let pos = found.pos + 1 + offset + 1;
      each.forEach((cell, _, at) => {
        if (at === column) tr.setNodeMarkup(pos, null, { ...cell.attrs, align });
        pos += cell.nodeSize;
      });
    });
    dispatch?.(tr);
    return true;
  };
}

/** In a cell, Enter goes to the cell below, and out of the table at its end. */
export function cellBelow(state, dispatch) {
  if (!isInTable(state)) return false;
  const row = ancestor(state, nodes.table_row);
  const around = ancestor(state, nodes.table);
  if (!row || !around) return false;
  const column = state.selection.$from.index(row.depth);
  const at = state.selection.$from.index(around.depth) + 1;
  const { tr } = state;
  if (at >= around.node.childCount) {
    const end = around.pos + around.node.nodeSize;
    if (!state.doc.resolve(end).nodeAfter) tr.insert(end, nodes.paragraph.create());
    tr.setSelection(TextSelection.near(tr.doc.resolve(end)));
  } else {
    let pos = around.pos + 1;
    for (let index = 0; index < at; index++) pos += around.node.child(index).nodeSize;
    for (let index = 0; index < column; index++) pos += around.node.child(at).child(index).nodeSize;
    tr.setSelection(TextSelection.near(tr.doc.resolve(pos + 2)));
  }
  dispatch?.(tr.scrollIntoView());
  return true;
}

/** Backspace at the start of a block first takes away what it is: a heading, a list item, a quote. */
export function plainBlock(state, dispatch) {
  const { $from, empty } = state.selection;
  if (!empty || $from.parentOffset > 0) return false;
  if ($from.parent.type === nodes.heading || $from.parent.type === nodes.code_block) return paragraph(state, dispatch);
  if ($from.parent.type !== nodes.paragraph || $from.index(-1) > 0) return false;
  if ($from.node(-1).type === nodes.list_item) return liftItem(state, dispatch);
  return $from.depth > 1 && lift(state, dispatch);
}

/** The innermost node of a type around the selection: {node, pos, depth}. */
export function ancestor({ selection: { $from } }, type) {
  for (let depth = $from.depth; depth > 0; depth--) {
    if ($from.node(depth).type === type) return { node: $from.node(depth), pos: $from.before(depth), depth };
  }
  return null;
}

/** Whether the selection is within one block of a type. */
export function isBlock({ selection: { $from, to } }, type, attrs = {}) {
  const { parent } = $from;
  return to <= $from.end() && parent.type === type && Object.entries(attrs).every(([name, value]) => parent.attrs[name] === value);
}

export function hasMark({ selection: { from, to, empty, $from }, storedMarks, doc }, type) {
  return empty ? Boolean(type.isInSet(storedMarks ?? $from.marks())) : doc.rangeHasMark(from, to, type);
}

export function listAround(state) {
  const { $from } = state.selection;
  for (let depth = $from.depth; depth > 0; depth--) {
    if ($from.node(depth).type === nodes.list_item) return { item: $from.node(depth), list: $from.node(depth - 1), pos: $from.before(depth - 1) };
  }
  return null;
}

function toList(type) {
  return (state, dispatch) => {
    const around = listAround(state);
    if (!around) return wrapInList(type)(state, dispatch);
    const isTask = around.item.attrs.checked !== null;
    if (around.list.type === type && !isTask) return liftItem(state, dispatch);
    const tr = checkAll(state.tr, itemsIn(state), null);
    const marker = type === nodes.bullet_list ? "-" : ".";
    if (around.list.type !== type) tr.setNodeMarkup(around.pos, type, { tight: around.list.attrs.tight, marker });
    dispatch?.(tr.scrollIntoView());
    return true;
  };
}

function toggleWrap(type) {
  return (state, dispatch) => {
    const { $from, $to } = state.selection;
    const around = ancestor(state, type);
    if (!around) return wrapIn(type)(state, dispatch);
    const range = $from.blockRange($to, (node) => node.type === type);
    const depth = range && liftTarget(range);
    if (depth == null) return false;
    dispatch?.(state.tr.lift(range, depth).scrollIntoView());
    return true;
  };
}

/** The list items that hold the blocks of the selection. */
function itemsIn(state) {
  const found = new Map();
  state.doc.nodesBetween(state.selection.from, state.selection.to, (node, pos) => {
    if (!node.isTextblock) return true;
    const $pos = state.doc.resolve(pos);
    if ($pos.parent.type === nodes.list_item) found.set($pos.before(), $pos.parent);
    return false;
  });
  return [...found].map(([pos, node]) => ({ pos, node }));
}

function checkAll(tr, items, checked) {
  for (const { pos } of items) tr.setNodeMarkup(pos, null, { checked });
  return tr;
}
