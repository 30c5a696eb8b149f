// From Markdown to blocks: each node of the top level with the lines it was written in and the blank ones before it.
import { dialect } from "./dialect.js";
import { schema } from "./schema.js";

const DEEPEST = 50;
const LINE_END = /\r\n?|\n/g;
const CALLOUT = /^\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)/i;
const TASK = /^\[([ xX])\]\s/;
const { nodes, marks } = schema;

/**
 * Reads a text. Joining `before` and `source` of all blocks and the tail gives the text again, byte for byte.
 * @param references where its [reference] links lead, as an earlier reading answered them.
 */
export function readText(source, references = {}) {
  const env = { references: { ...references } };
  const lines = linesOf(source);
  const blocks = [];
  let next = 0;
  let written = 0;

  for (const group of topLevel(dialect.parse(source, env))) {
    const [first, last] = trimmed(group, lines);
    if (first < next) continue;
    addSource(next, first);
    add(nodeFrom(group) ?? sourceBlock(lines.text(first, last)), first, last);
    next = last;
  }
  addSource(next, lines.count);
  return { blocks, tail: source.slice(written), references: env.references };

  /** Lines without a token that are not blank: definitions of links and footnotes. */
  function addSource(first, end) {
    while (first < end && lines.isBlank(first)) first++;
    while (first < end && lines.isBlank(end - 1)) end--;
    if (first < end) add(sourceBlock(lines.text(first, end)), first, end);
  }

  function add(node, first, end) {
    const text = lines.text(first, end);
    blocks.push({ node, source: text, before: source.slice(written, lines.start(first)) });
    written = lines.start(first) + text.length;
  }
}

function linesOf(source) {
  const starts = [0];
  const ends = [];
  for (const { index, 0: end } of source.matchAll(LINE_END)) {
    ends.push(index);
    starts.push(index + end.length);
  }
  ends.push(source.length);
  const line = (at) => source.slice(starts[at], ends[at]);
  return {
    count: starts.length,
    start: (at) => starts[at],
    text: (first, end) => source.slice(starts[first], ends[end - 1]),
    isBlank: (at) => !line(at).trim(),
  };
}

/** The tokens of each block of the top level; footnotes have none that tells where they are. */
function topLevel(tokens) {
  const groups = [];
  let footnote = 0;
  for (const token of tokens) {
    if (token.type === "footnote_reference_open") footnote++;
    if (footnote === 0) {
      if (token.level === 0 && token.nesting >= 0) groups.push([]);
      groups.at(-1).push(token);
    }
    if (token.type === "footnote_reference_close") footnote--;
  }
  return groups.filter(([first]) => first.map);
}

function trimmed([first], lines) {
  let [start, end] = first.map;
  end = Math.min(end, lines.count);
  while (first.type !== "fence" && end > start + 1 && lines.isBlank(end - 1)) end--;
  return [start, end];
}

export function sourceBlock(text) {
  return nodes.source_block.create(null, text ? schema.text(text.replace(LINE_END, "\n")) : null);
}

/** The node that the tokens of one block stand for; null when the schema has no word for something in it. */
function nodeFrom(tokens) {
  if (tokens.some(({ level }) => level > DEEPEST)) return null;
  try {
    const [node] = childrenOf(tokens);
    node.check();
    return node;
  } catch (error) {
    if (error instanceof Unknown || error instanceof RangeError) return null;
    throw error;
  }
}

class Unknown extends Error {}

/** The nodes that a run of tokens stands for. */
function childrenOf(tokens) {
  const found = [];
  for (let at = 0; at < tokens.length; at++) {
    const end = closeOf(tokens, at);
    const inside = tokens.slice(at + 1, end);
    const make = BLOCKS[tokens[at].type];
    if (!make) throw new Unknown(tokens[at].type);
    found.push(...[make(tokens[at], inside)].flat());
    at = Math.max(end, at);
  }
  return found;
}

/** Where the token that closes the one at `at` is; `at` when it closes itself. */
function closeOf(tokens, at) {
  if (tokens[at].nesting === 0) return at;
  let open = 0;
  for (let end = at; ; end++) {
    open += tokens[end].nesting;
    if (open === 0) return end;
  }
}

const BLOCKS = {
  inline: (token) => inlinesOf(token.children),
  paragraph_open: (_, inside) => nodes.paragraph.create(null, childrenOf(inside)),
  heading_open: ({ tag }, inside) => nodes.heading.create({ level: Number(tag[1]) }, childrenOf(inside).map(flat)),
  blockquote_open: (_, inside) => callout(inside) ?? filled(nodes.blockquote, null, childrenOf(inside)),
  bullet_list_open: ({ markup }, inside) => nodes.bullet_list.create({ marker: markup, tight: isTight(inside) }, childrenOf(inside)),
  ordered_list_open: (token, inside) => nodes.ordered_list.create({ marker: token.markup, tight: isTight(inside), order: Number(token.attrGet("start") ?? 1) }, childrenOf(inside)),
  list_item_open: (_, inside) => listItem(inside),
  fence: ({ info, content }) => codeBlock(content, info),
  code_block: ({ content }) => codeBlock(content, ""),
  hr: ({ markup }) => nodes.horizontal_rule.create({ markup }),
  table_open: (_, inside) => nodes.table.create(null, childrenOf(inside)),
  thead_open: (_, inside) => childrenOf(inside),
  tbody_open: (_, inside) => childrenOf(inside),
  tr_open: (_, inside) => nodes.table_row.create(null, childrenOf(inside)),
  th_open: (token, inside) => nodes.table_header.create({ align: alignOf(token) }, childrenOf(inside)),
  td_open: (token, inside) => nodes.table_cell.create({ align: alignOf(token) }, childrenOf(inside)),
};

function filled(type, attrs, content) {
  return content.length ? type.create(attrs, content) : type.createAndFill(attrs);
}

function codeBlock(content, params) {
  const text = content.replace(/\n$/, "");
  return nodes.code_block.create({ params }, text ? schema.text(text) : null);
}

function flat(node) {
  if (node.type === nodes.hard_break || node.type === nodes.soft_break) return schema.text(" ", node.marks);
  return node;
}

function alignOf(token) {
  return /text-align:(\w+)/.exec(token.attrGet("style") ?? "")?.[1] ?? null;
}

function isTight(items) {
  return !items.some(({ type, level, hidden }) => type === "paragraph_open" && level === items[0].level + 1 && !hidden);
}

/** A quote whose first line is [!KIND]; its title stands in that line alone. */
function callout(inside) {
  if (inside[0]?.type !== "paragraph_open") return null;
  const kind = CALLOUT.exec(inside[1].content)?.[1];
  if (!kind || inside[1].children[0]?.content.trim() !== `[!${kind}]`) return null;
  const rest = withFirst(inside, inside[1].children.slice(2));
  return filled(nodes.callout, { kind }, childrenOf(rest));
}

function listItem(inside) {
  const first = inside[0]?.type === "paragraph_open" && inside[1].children[0];
  const box = first && first.type === "text" && TASK.exec(first.content);
  if (!box) return filled(nodes.list_item, null, childrenOf(inside));
  const rest = Object.assign(Object.create(Object.getPrototypeOf(first)), first, { content: first.content.slice(box[0].length) });
  return nodes.list_item.create({ checked: box[1] !== " " }, childrenOf(withFirst(inside, [rest, ...inside[1].children.slice(1)], true)));
}

/** The tokens with other words in their first paragraph, or without it when none are left. */
function withFirst(inside, children, keep = false) {
  if (children.length === 0 && !keep) return inside.slice(3);
  const inline = Object.assign(Object.create(Object.getPrototypeOf(inside[1])), inside[1], { children });
  return [inside[0], inline, ...inside.slice(2)];
}

const MARKS = { em: marks.em, strong: marks.strong, s: marks.strike, link: marks.link };

function inlinesOf(tokens) {
  let active = [];
  const found = [];
  for (const token of tokens) {
    const [, name, act] = /^(\w+?)_(open|close)$/.exec(token.type) ?? [];
    if (act === "open") active = [...active, markOf(name, token)];
    else if (act === "close") active = active.slice(0, active.findLastIndex(({ type }) => type === MARKS[name]));
    else found.push(...inlineOf(token, active.reduce((set, mark) => mark.addToSet(set), [])));
  }
  return found;
}

function markOf(name, token) {
  if (!MARKS[name]) throw new Unknown(token.type);
  return MARKS[name].create(name === "link" ? { href: token.attrGet("href"), title: token.attrGet("title") || null } : null);
}

function inlineOf(token, set) {
  const { type, content, meta } = token;
  if (type === "text" || type === "text_special") return content ? [schema.text(content, set)] : [];
  if (type === "code_inline") return [schema.text(content, marks.code.create().addToSet(set))];
  if (type === "softbreak") return [nodes.soft_break.create(null, null, set)];
  if (type === "hardbreak") return [nodes.hard_break.create(null, null, set)];
  if (type === "wikilink") return [nodes.wikilink.create(meta, null, set)];
  if (type === "raw_inline") return [nodes.raw_inline.create({ source: content }, null, set)];
  if (type === "image") return [nodes.image.create({ src: token.attrGet("src"), alt: content, title: token.attrGet("title") || null }, null, set)];
  throw new Unknown(type);
}
