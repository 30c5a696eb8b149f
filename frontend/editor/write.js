// From nodes to Markdown. A block is first written as plainly as it reads; only where that would be read as something else
// are its signs escaped.
import { MarkdownSerializerState } from "prosemirror-markdown";
import { BARE_ADDRESS } from "./links.js";
import { readText } from "./read.js";
import { tidy } from "./tidy.js";

const OTHER_MARKER = { "-": "*", "*": "-", "+": "-", ".": ")", ")": "." };
const TIGHT_AFTER_WORDS = new Set(["bullet_list", "ordered_list", "code_block", "blockquote", "callout", "heading"]);
const ADDRESSES = new RegExp(`(${BARE_ADDRESS.source})`, "gi");

/**
 * Writes one block of the top level.
 * @param references where [reference] links of the text lead.
 * @param marker of a list, instead of its own.
 */
export function writeBlock(node, references, marker) {
  const chosen = tidy(marker ? node.type.create({ ...node.attrs, marker }, node.content) : node);
  const plain = written(chosen, false);
  return readsAs(plain, chosen, references) ? plain : written(chosen, true);
}

/** Writes a run of blocks, such as what is copied. */
export function writeFragment(fragment, references = {}) {
  const blocks = [];
  fragment.forEach((node) => blocks.push(node.isBlock ? writeBlock(node, references) : node.textContent));
  return blocks.join("\n\n");
}

export function otherMarker(marker) {
  return OTHER_MARKER[marker];
}

function written(node, careful) {
  const writer = new Writer(careful);
  writer.render(node, { child: () => node, childCount: 1 }, 0);
  return writer.out.replace(/\n+$/, "");
}

function readsAs(text, node, references) {
  const { blocks } = readText(text, references);
  return blocks.length === 1 && blocks[0].node.eq(node);
}

class Writer extends MarkdownSerializerState {
  constructor(careful) {
    super(NODES, MARKS, {});
    this.careful = careful;
  }

  esc(text, startOfBlock = false) {
    if (!this.careful) return text;
    const line = this.out.slice(this.out.lastIndexOf("\n") + 1);
    const starts = startOfBlock || line.trim() === this.delim.trim();
    const escaped = text.split(ADDRESSES).map((part, at) => (at % 2 ? part : escapeInline(part))).join("");
    return starts ? escapeStart(escaped) : escaped;
  }

  /** In a tight list nothing is set apart by a blank line. */
  flushClose(size = 2) {
    super.flushClose(this.inTightList ? Math.min(size, 1) : size);
  }

  renderList(node, indent, markerOf) {
    if (this.inTightList) this.flushClose(1);
    const before = this.inTightList;
    node.forEach((item, _, at) => {
      this.inTightList = isTight(node);
      if (at) this.flushClose(this.inTightList ? 1 : 2);
      const marker = markerOf(at);
      this.wrapBlock(indent(at), marker, node, () => this.render(item, node, at));
    });
    this.inTightList = before;
  }
}

function escapeInline(text) {
  return text.replace(/[\\`*~[\]]|_|<(?=[a-z/!?])|&(?=#?\w+;)|!(?=\[)/gi, (sign, at) => (sign === "_" && /\w/.test(text[at - 1] ?? "") && /\w/.test(text[at + 1] ?? "") ? sign : `\\${sign}`));
}

function escapeStart(text) {
  return text
    .replace(/^(\s*)([-+](?=\s|$)|>|#{1,6}(?=\s|$)|:(?=\s|$)|=+(?=\s*$)|-+(?=\s*$)|\|)/, "$1\\$2")
    .replace(/^(?=[\s|:-]*-[\s|:-]*$)(\s*)(?=[|:-])/, "$1\\")
    .replace(/^(\s*\d{1,9})([.)])(?=\s|$)/, "$1\\$2")
    .replace(/(\s)(#+)$/, "$1\\$2");
}

/** Whether a list can do without blank lines: between two paragraphs, and before what cannot break one off, it cannot. */
function isTight(list) {
  if (!list.attrs.tight) return false;
  return list.children.every((item) =>
    item.children.every((child, at) => {
      const next = item.maybeChild(at + 1);
      if (!next || child.type.name !== "paragraph") return true;
      if (!TIGHT_AFTER_WORDS.has(next.type.name) || next.attrs.order > 1) return false;
      return !next.type.name.endsWith("_list") || next.firstChild.textContent !== "" || next.firstChild.attrs.checked !== null;
    }),
  );
}

/** The marker of a list, another than that of the list right before it, which it would continue. */
function markerOf(parent, at) {
  const { type, attrs } = parent.child(at);
  const before = at > 0 && parent.child(at - 1);
  if (!before || before.type !== type || markerOf(parent, at - 1) !== attrs.marker) return attrs.marker;
  return OTHER_MARKER[attrs.marker];
}

function destination(url) {
  return /^(?:[^\s<>()\\]|\([^\s<>()\\]*\))*$/.test(url) ? url : `<${url.replace(/[<>\\]/g, "\\$&")}>`;
}

function target({ href, src = href, title }) {
  return `](${destination(src)}${title ? ` "${title.replace(/["\\]/g, "\\$&")}"` : ""})`;
}

const NODES = {
  paragraph(state, node) {
    state.renderInline(node);
    state.closeBlock(node);
  },
  heading(state, node) {
    state.write(`${"#".repeat(node.attrs.level)} `);
    state.renderInline(node, false);
    state.closeBlock(node);
  },
  blockquote(state, node) {
    apart(state, () => state.wrapBlock("> ", null, node, () => state.renderContent(node)));
  },
  callout(state, node) {
    apart(state, () =>
      state.wrapBlock("> ", null, node, () => {
        state.write(`[!${node.attrs.kind}]\n`);
        state.renderContent(node);
      }),
    );
  },
  bullet_list(state, node, parent, at) {
    const marker = markerOf(parent, at);
    state.renderList(node, () => "  ", () => `${marker} `);
  },
  ordered_list(state, node, parent, at) {
    const marker = markerOf(parent, at);
    const first = (index) => `${node.attrs.order + index}${marker} `;
    state.renderList(node, (index) => " ".repeat(first(index).length), first);
  },
  list_item(state, node) {
    const { checked } = node.attrs;
    if (checked !== null) state.write(checked ? "[x] " : "[ ] ");
    state.renderContent(node);
  },
  code_block(state, node) {
    const longest = Math.max(2, ...[...node.textContent.matchAll(/`+/g)].map(([ticks]) => ticks.length));
    const fence = "`".repeat(longest + 1);
    state.write(`${fence}${node.attrs.params}\n`);
    if (node.textContent) {
      state.text(node.textContent, false);
      state.write("\n");
    }
    state.write(fence);
    state.closeBlock(node);
  },
  source_block(state, node) {
    state.text(node.textContent.replace(/^\n+|\n+$/g, ""), false);
    state.closeBlock(node);
  },
  horizontal_rule(state, node) {
    state.write(node.attrs.markup);
    state.closeBlock(node);
  },
  table(state, node) {
    const rows = node.children.map((row) => row.children.map((cell) => cellText(state, cell)));
    const widest = Math.max(...rows.map((row) => row.length));
    const rule = node.firstChild.children.map(({ attrs: { align } }) => ({ left: ":---", center: ":---:", right: "---:" })[align] ?? "---");
    for (const row of [rows[0], rule, ...rows.slice(1)]) {
      while (row.length < widest) row.push(row === rule ? "---" : "");
      state.write(`| ${row.join(" | ")} |\n`);
    }
    state.closeBlock(node);
  },
  text(state, node) {
    state.text(node.text, !state.inAutolink);
  },
  soft_break(state, _node, parent, at) {
    if (at + 1 < parent.childCount) state.write("\n");
  },
  hard_break(state, _node, parent, at) {
    if (parent.children.slice(at + 1).some(({ type }) => type.name !== "hard_break")) state.write("\\\n");
  },
  image(state, { attrs }) {
    state.write(`![${state.careful ? escapeInline(attrs.alt) : attrs.alt}${target(attrs)}`);
  },
  wikilink(state, { attrs: { target: name, label } }) {
    state.write(label === null ? `[[${name}]]` : `[[${name}|${label}]]`);
  },
  raw_inline(state, { attrs: { source } }) {
    state.write(source);
  },
};

const toggled = { mixable: true, expelEnclosingWhitespace: true };
const MARKS = {
  em: { open: "*", close: "*", ...toggled },
  strong: { open: "**", close: "**", ...toggled },
  strike: { open: "~~", close: "~~", ...toggled },
  link: {
    open(state, mark, parent, at) {
      state.inAutolink = isAutolink(mark, parent, at);
      return state.inAutolink ? "<" : "[";
    },
    close(state, mark) {
      const { inAutolink } = state;
      state.inAutolink = undefined;
      return inAutolink ? ">" : target(mark.attrs);
    },
    mixable: true,
  },
  code: { open: (_state, _mark, parent, at) => ticks(parent.child(at), -1), close: (_state, _mark, parent, at) => ticks(parent.child(at - 1), 1), escape: false },
};

/** Quotes set their content apart by blank lines, also in a tight list. */
function apart(state, render) {
  const { inTightList } = state;
  if (inTightList) state.flushClose(1);
  state.inTightList = false;
  render();
  state.inTightList = inTightList;
}

function cellText(state, cell) {
  const writer = new Writer(state.careful);
  writer.renderInline(cell, false);
  return writer.out.replaceAll("|", "\\|").trim();
}

function isAutolink({ attrs: { href, title } }, parent, at) {
  const child = parent.child(at);
  if (title || !/^https?:/i.test(href) || !child.isText || child.text !== href || child.marks.length !== 1) return false;
  return !parent.maybeChild(at + 1)?.marks.some(({ type, attrs }) => type.name === "link" && attrs.href === href);
}

function ticks(node, side) {
  const runs = [...(node.text ?? "").matchAll(/`+/g)].map(([run]) => run.length);
  let length = 1;
  while (runs.includes(length)) length++;
  const pad = /^`|`$|^ .* $/s.test(node.text ?? "") ? " " : "";
  return side > 0 ? pad + "`".repeat(length) : "`".repeat(length) + pad;
}
