// Reads texts (a JSON list on standard input), and answers for each what is wrong with how the editor writes it again:
// unchanged it must be the same, and with one block changed every other block must be.
import { readFileSync } from "node:fs";
import { openText } from "../../../frontend/editor/original.js";
import { readText } from "../../../frontend/editor/read.js";
import { schema } from "../../../frontend/editor/schema.js";
import { tidy } from "../../../frontend/editor/tidy.js";
import { writeBlock } from "../../../frontend/editor/write.js";

const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.flatMap((text) => faults(text).map((fault) => [text, fault]))));

function faults(text) {
  const { doc, write } = openText(text);
  const found = write(doc) === text ? [] : [`unchanged: ${JSON.stringify(write(doc))}`];
  const { blocks, references } = readText(text);
  blocks.forEach((block, at) => found.push(...changed(text, at, blocks), ...rewritten(block, references)));
  return found;
}

/** A word more in the block at `at`: before and after it every byte stays. */
function changed(text, at, blocks) {
  const { doc, write } = openText(text);
  const node = doc.child(at);
  if (!node.isTextblock || node.type.name === "source_block") return [];
  const other = node.copy(node.content.addToEnd(schema.text(" more")));
  const written = write(doc.copy(doc.content.replaceChild(at, other)));
  const before = blocks.slice(0, at).map(({ before, source }) => before + source).join("");
  const after = blocks.slice(at + 1).map(({ source }) => source);
  let from = before.length;
  const kept = written.startsWith(before) && after.every((source) => (from = written.indexOf(source, from)) >= 0 && (from += source.length));
  const same = readText(written).blocks.length === blocks.length;
  return kept && same ? [] : [`changed at ${at}: ${JSON.stringify(written)}`];
}

/** What is written anew is read as what it was. */
function rewritten({ node }, references) {
  const written = writeBlock(node, references);
  const [read, ...more] = readText(written, references).blocks;
  return more.length === 0 && read?.node.eq(tidy(node)) ? [] : [`written anew: ${JSON.stringify(written)}`];
}
