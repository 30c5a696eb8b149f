// The text as it came: what nobody changed is written as it was, byte for byte, and so is each block that nobody touched.
import { readText } from "./read.js";
import { schema } from "./schema.js";
import { otherMarker, writeBlock } from "./write.js";

const GOING_ON = new Set(["bullet_list", "ordered_list", "source_block"]);
const CLOSED = new Set(["heading", "code_block", "horizontal_rule"]);

/**
 * Opens a text for editing.
 * Answers the document, and `write`, which makes a later state of that document into text again.
 */
export function openText(source) {
  const { blocks, tail, references } = readText(source);
  const lineEnd = /\r\n/.test(source) ? "\r\n" : "\n";
  const byNode = new WeakMap();
  const byWords = new Map();
  const rendered = new WeakMap();

  for (const [at, block] of blocks.entries()) {
    block.previous = blocks[at - 1] ?? null;
    block.next = blocks[at + 1] ?? null;
    byNode.set(block.node, block);
    const words = block.node.textContent;
    byWords.set(words, [...(byWords.get(words) ?? []), block]);
  }
  const content = blocks.length ? blocks.map(({ node }) => node) : [schema.nodes.paragraph.create()];
  return { doc: schema.nodes.doc.create(null, content), references, write };

  function write(doc) {
    const present = new Set(doc.children.map((node) => byNode.get(node)));
    const last = doc.children.findLast((node) => blockOf(node) || !isEmpty(node));
    let text = "";
    // Where we are: the block as it came (null at the start), whether it still is that, and what was written for it.
    let place = { block: null, kept: true, node: null, marker: null };

    for (const node of doc.children) {
      const block = blockOf(node);
      if (!block && isEmpty(node)) continue;
      const expected = place.block ? place.block.next : place.node ? null : (blocks[0] ?? null);
      const stands = block ?? (expected && !present.has(expected) ? expected : null);
      const neighbours = Boolean(block) && place.kept && block.previous === place.block;
      const marker = markerFor(node, place);
      const kept = Boolean(block) && (neighbours || mayMove(block, place)) && marker === node.attrs.marker && (!isOpen(block) || node === last);
      text += between(place, stands, neighbours) + (kept ? block.source : render(node, marker));
      place = { block: stands, kept, node, marker };
    }
    return text || blocks.length === 0 ? text + tail : "";
  }

  function blockOf(node) {
    return byNode.get(node) ?? byWords.get(node.textContent)?.find((block) => block.node.eq(node)) ?? null;
  }

  function between(place, block, neighbours) {
    if (neighbours) return block.before;
    if (!place.node) return block && !block.previous ? block.before : "";
    const before = block?.before ?? "";
    const apart = before.split(lineEnd).length > 2;
    const close = before && block.previous === place.block && CLOSED.has(place.node.type.name) && place.node.type === block.previous?.node.type;
    return apart || close ? before : lineEnd + lineEnd;
  }

  function render(node, marker) {
    const known = rendered.get(node);
    if (known && known.marker === marker) return known.text;
    const text = writeBlock(node, references, marker).replaceAll("\n", lineEnd);
    rendered.set(node, { marker, text });
    return text;
  }
}

/** A list right behind another one of its kind needs another marker, or the two would become one. */
function markerFor({ type, attrs }, { node, marker }) {
  return node && node.type === type && attrs.marker && marker === attrs.marker ? otherMarker(marker) : attrs.marker;
}

/** What begins with a space could become part of a list before it, or of a definition. */
function mayMove(block, place) {
  return !/^\s/.test(block.source) || !place.node || !GOING_ON.has(place.node.type.name);
}

/** A code block that the end of the text closes. */
function isOpen({ node, source }) {
  const fence = /^\s*(`{3,}|~{3,})/.exec(source)?.[1];
  if (node.type.name !== "code_block" || !fence) return false;
  const last = source.slice(source.lastIndexOf("\n") + 1).trim();
  return source.indexOf("\n") < 0 || !(last.startsWith(fence) && last === fence[0].repeat(last.length));
}

function isEmpty(node) {
  return node.type.name === "paragraph" && node.childCount === 0;
}
