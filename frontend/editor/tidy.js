// Spaces that Markdown has no way to write: at the ends of a line, and at the ends of what is bold or italic.
import { Fragment } from "prosemirror-model";

const TOGGLED = new Set(["em", "strong", "strike"]);

/** The node as it can be written. */
export function tidy(node) {
  if (node.isLeaf || node.type.spec.code) return node;
  if (!node.inlineContent) return node.copy(Fragment.from(node.children.map(tidy)));
  const pieces = apart(node.children).map((child, at, all) => trimmed(child, all[at - 1], all[at + 1]));
  const kept = pieces.filter(Boolean);
  while (isBreak(kept.at(-1))) kept.pop();
  return node.copy(Fragment.from(kept));
}

/** The runs of text with the spaces at their ends as runs of their own, outside the marks that end there. */
function apart(children) {
  return children.flatMap((child, at) => {
    if (!child.isText || !child.marks.some(({ type }) => TOGGLED.has(type.name))) return [child];
    const [, before, words, after] = /^([ \t]*)(.*?)([ \t]*)$/s.exec(child.text);
    const outside = (text, neighbour) => text && child.type.schema.text(text, child.marks.filter((mark) => !TOGGLED.has(mark.type.name) || (neighbour && mark.isInSet(neighbour.marks))));
    if (!words) return [outside(before, null)];
    return [outside(before, children[at - 1]), child.withText(words), outside(after, children[at + 1])].filter(Boolean);
  });
}

function trimmed(child, before, after) {
  if (!child.isText) return child;
  let { text } = child;
  if (!before || isBreak(before)) text = text.replace(/^[ \t]+/, "");
  if (!after || isBreak(after)) text = text.replace(/[ \t]+$/, "");
  return text ? child.withText(text) : null;
}

function isBreak(node) {
  return node?.type.name === "soft_break" || node?.type.name === "hard_break";
}
