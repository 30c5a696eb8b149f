// What a text is made of while it is edited. Whatever Markdown can say and this cannot stands in a source_block or a
// raw_inline, as it was written.
import { Schema } from "prosemirror-model";
import { isSafeLink, isShownPicture, partsOfWikilink } from "./links.js";

export const CALLOUTS = ["note", "tip", "important", "warning", "caution"];

const ALIGNED = /^(?:left|center|right)$/;
const blocks = {
  doc: { content: "block+" },

  paragraph: { content: "inline*", group: "block", parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },

  heading: {
    content: "flat*",
    group: "block",
    defining: true,
    attrs: { level: { default: 2 } },
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, getAttrs: (element) => ({ level: Number(element.dataset.level ?? Math.max(level, 2)) }) })),
    // The page around the text has the heading of the first level.
    toDOM: ({ attrs: { level } }) => [`h${Math.max(level, 2)}`, { "data-level": level }, 0],
  },

  blockquote: { content: "block+", group: "block", defining: true, parseDOM: [{ tag: "blockquote" }], toDOM: () => ["blockquote", 0] },

  callout: {
    content: "block+",
    group: "block",
    defining: true,
    attrs: { kind: { default: "NOTE" } },
    parseDOM: [{ tag: "div[data-callout]", getAttrs: (element) => CALLOUTS.includes(element.dataset.callout.toLowerCase()) && { kind: element.dataset.callout } }],
    toDOM: ({ attrs: { kind } }) => ["div", { class: `callout callout-${kind.toLowerCase()}`, "data-callout": kind }, 0],
  },

  bullet_list: {
    content: "list_item+",
    group: "block",
    attrs: { tight: { default: true }, marker: { default: "-" } },
    parseDOM: [{ tag: "ul" }],
    toDOM: () => ["ul", 0],
  },

  ordered_list: {
    content: "list_item+",
    group: "block",
    attrs: { tight: { default: true }, marker: { default: "." }, order: { default: 1 } },
    parseDOM: [{ tag: "ol", getAttrs: (element) => ({ order: element.hasAttribute("start") ? element.start : 1 }) }],
    toDOM: ({ attrs: { order } }) => (order === 1 ? ["ol", 0] : ["ol", { start: order }, 0]),
  },

  list_item: {
    content: "block+",
    defining: true,
    attrs: { checked: { default: null } },
    parseDOM: [{ tag: "li", getAttrs: (element) => ({ checked: checkedIn(element) }) }],
    toDOM: ({ attrs: { checked } }) => (checked === null ? ["li", 0] : ["li", { "data-checked": checked }, 0]),
  },

  code_block: {
    content: "text*",
    marks: "",
    group: "block",
    code: true,
    defining: true,
    attrs: { params: { default: "" } },
    parseDOM: [{ tag: "pre", preserveWhitespace: "full", getAttrs: (element) => ({ params: element.dataset.params ?? "" }) }],
    toDOM: ({ attrs: { params } }) => ["pre", params ? { "data-params": params } : {}, ["code", 0]],
  },

  source_block: {
    content: "text*",
    marks: "",
    group: "block",
    code: true,
    defining: true,
    parseDOM: [{ tag: "pre[data-source]", preserveWhitespace: "full", priority: 60 }],
    toDOM: () => ["pre", { "data-source": "", class: "source-block", spellcheck: "false" }, 0],
  },

  horizontal_rule: { group: "block", attrs: { markup: { default: "---" } }, parseDOM: [{ tag: "hr" }], toDOM: () => ["hr"] },
};

const tables = {
  table: {
    content: "table_row+",
    tableRole: "table",
    isolating: true,
    group: "block",
    parseDOM: [{ tag: "table" }],
    toDOM: () => ["div", { class: "editor-table" }, ["table", ["tbody", 0]]],
  },
  table_row: { content: "(table_cell | table_header)*", tableRole: "row", parseDOM: [{ tag: "tr" }], toDOM: () => ["tr", 0] },
  table_cell: cell("cell", "td"),
  table_header: cell("header_cell", "th"),
};

const inlines = {
  text: { group: "inline flat" },

  // The end of a line that is no break for the reader: texts keep their lines, which merging two edits depends on.
  soft_break: { inline: true, group: "inline", selectable: false, leafText: () => " ", parseDOM: [{ tag: "span[data-soft]" }], toDOM: () => ["span", { "data-soft": "" }, " "] },

  hard_break: { inline: true, group: "inline", selectable: false, leafText: () => "\n", parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },

  image: {
    inline: true,
    group: "inline flat",
    draggable: true,
    attrs: { src: {}, alt: { default: "" }, title: { default: null } },
    parseDOM: [{ tag: "img[src]", getAttrs: (element) => isShownPicture(written(element, "src")) && { src: written(element, "src"), alt: element.alt, title: element.getAttribute("title") } }],
    toDOM: ({ attrs: { src, alt, title } }) => ["img", { src, alt, title, "data-src": src }],
  },

  wikilink: {
    inline: true,
    group: "inline flat",
    attrs: { target: {}, label: { default: null } },
    leafText: ({ attrs: { target, label } }) => label || target,
    parseDOM: [{ tag: "span[data-wikilink]", getAttrs: (element) => partsOfWikilink(element.dataset.wikilink) }],
    toDOM: ({ attrs: { target, label } }) => ["span", { class: "wikilink", "data-wikilink": label === null ? target : `${target}|${label}`, title: target }, label || target],
  },

  raw_inline: {
    inline: true,
    group: "inline flat",
    attrs: { source: {} },
    leafText: ({ attrs: { source } }) => source,
    parseDOM: [{ tag: "span[data-raw]", getAttrs: (element) => ({ source: element.dataset.raw }) }],
    toDOM: ({ attrs: { source } }) => ["span", { class: "raw-inline", "data-raw": source }, source],
  },
};

const marks = {
  link: {
    attrs: { href: {}, title: { default: null } },
    inclusive: false,
    parseDOM: [{ tag: "a[href]", getAttrs: (element) => isSafeLink(written(element, "href")) && { href: written(element, "href"), title: element.getAttribute("title") } }],
    toDOM: ({ attrs: { href, title } }) => ["a", { href, title, "data-href": href }, 0],
  },
  em: { parseDOM: [{ tag: "i" }, { tag: "em" }, { tag: "[data-style*=italic]", consuming: false }], toDOM: () => ["em", 0] },
  strong: {
    parseDOM: [
      { tag: "strong" },
      { tag: "b", getAttrs: (element) => !/font-weight:\s*(?:normal|400)/.test(element.dataset.style ?? "") && null },
      { tag: "span[data-style]", consuming: false, getAttrs: (element) => /font-weight:\s*(?:bold|[6-9]\d\d)/.test(element.dataset.style) && null },
    ],
    toDOM: () => ["strong", 0],
  },
  strike: { parseDOM: [{ tag: "s" }, { tag: "del" }, { tag: "strike" }, { tag: "span[data-style*=line-through]", consuming: false }], toDOM: () => ["s", 0] },
  code: { parseDOM: [{ tag: "code" }, { tag: "kbd" }, { tag: "samp" }], toDOM: () => ["code", 0] },
};

export const schema = new Schema({ nodes: { ...blocks, ...tables, ...inlines }, marks });

function cell(role, tag) {
  return {
    content: "flat*",
    tableRole: role,
    isolating: true,
    attrs: { colspan: { default: 1 }, rowspan: { default: 1 }, colwidth: { default: null }, align: { default: null } },
    parseDOM: [{ tag, getAttrs: (element) => ({ align: ALIGNED.test(element.dataset.align ?? element.align) ? (element.dataset.align ?? element.align) : null }) }],
    toDOM: ({ attrs: { align } }) => [tag, align ? { class: `align-${align}`, "data-align": align } : {}, 0],
  };
}

/** An address as it was written, not as the browser completes it. */
function written(element, name) {
  return element.getAttribute(`data-${name}`) ?? element.getAttribute(name);
}

function checkedIn(element) {
  if (element.dataset.checked) return element.dataset.checked === "true";
  const box = element.querySelector(':scope > input[type="checkbox"], :scope > p:first-child > input[type="checkbox"], :scope > label > input[type="checkbox"]');
  return box ? box.checked || box.hasAttribute("checked") : null;
}
