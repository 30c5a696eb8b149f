// What is pasted: Markdown becomes what it means, pages of other programs keep what Markdown can say, and nothing else.
import { Fragment, Slice } from "prosemirror-model";
import { Plugin } from "prosemirror-state";
import { isSafeLink } from "./links.js";
import { readText } from "./read.js";
import { schema } from "./schema.js";
import { writeFragment } from "./write.js";

const WORD_ITEM = /mso-list:\s*\w+\s+level(\d+)/i;
const HEADINGS = "h1, h2, h3, h4, h5, h6";

export function pasting(takeFiles) {
  return new Plugin({
    props: {
      transformPastedHTML: (html) => clean(html),
      clipboardTextParser: (text, $context, plain) => (plain ? plainSlice(text, $context) : markdownSlice(text)),
      clipboardTextSerializer: ({ content }) => writeFragment(content),
      handlePaste: (view, event) => pasteFiles(event) || pasteAddress(view, event) || pasteSource(view, event),
      handleDrop(view, event) {
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length === 0) return false;
        event.preventDefault();
        takeFiles(files, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos);
        return true;
      },
    },
  });

  /** Files come alone; what Word copies brings a picture of its words along, which nobody wants. */
  function pasteFiles({ clipboardData }) {
    const files = [...(clipboardData?.files ?? [])];
    if (files.length === 0 || clipboardData.getData("text/plain").trim()) return false;
    takeFiles(files);
    return true;
  }
}

/** An address that is pasted over words makes them a link. */
function pasteAddress(view, { clipboardData }) {
  const href = clipboardData?.getData("text/plain").trim() ?? "";
  const { from, to, empty, $from } = view.state.selection;
  if (empty || !/^https?:\/\/\S+$/i.test(href) || !isSafeLink(href) || !$from.parent.type.allowsMarkType(schema.marks.link)) return false;
  view.dispatch(view.state.tr.addMark(from, to, schema.marks.link.create({ href })));
  return true;
}

/** What code editors copy is text, dressed up. */
function pasteSource(view, { clipboardData }) {
  if (!clipboardData?.types.includes("vscode-editor-data")) return false;
  view.pasteText(clipboardData.getData("text/plain"));
  return true;
}

function markdownSlice(text) {
  const blocks = readText(text.replace(/^\s*\n|\s+$/g, "")).blocks.map(({ node }) => node);
  const open = blocks.length > 0 && [blocks[0], blocks.at(-1)].map(({ type }) => (type.name === "paragraph" ? 1 : 0));
  return open ? new Slice(Fragment.from(blocks), open[0], open[1]) : Slice.empty;
}

function plainSlice(text, $context) {
  const marks = $context.marks();
  const lines = text.split(/(?:\r\n?|\n)+/).map((line) => schema.nodes.paragraph.create(null, line ? schema.text(line, marks) : null));
  return new Slice(Fragment.from(lines), 1, 1);
}

/** The HTML without styles that the page's policy forbids, and with Word's lists as lists. */
export function clean(html) {
  // Styles are only read: what they say of bold and italic is in the schema.
  const quiet = html.replace(/<!--[\s\S]*?-->/g, "").replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\sstyle\s*=/gi, " data-style="));
  const page = new DOMParser().parseFromString(quiet, "text/html");
  for (const element of page.querySelectorAll("style, script, meta, link, title, xml, o\\:p, template, noscript, iframe, object, [aria-hidden=true]")) element.remove();
  for (const marker of page.querySelectorAll('[data-style*="mso-list:Ignore" i]')) marker.remove();
  for (const line of page.querySelectorAll("p[data-style]")) if (WORD_ITEM.test(line.dataset.style)) listFromWord(line);
  for (const image of page.querySelectorAll("img")) if (!image.dataset.src && /^(?:https?:|data:|file:|blob:)/i.test(image.getAttribute("src") ?? "")) image.replaceWith(image.alt);
  for (const element of page.querySelectorAll(`${HEADINGS}`)) for (const bold of element.querySelectorAll("b, strong")) bold.replaceWith(...bold.childNodes);
  for (const line of page.querySelectorAll("li > p:only-child, td > p:only-child, th > p:only-child")) line.replaceWith(...line.childNodes);
  return page.body.innerHTML;
}

/** One list of the lines that Word marks as items, from the first on. */
function listFromWord(first) {
  if (!first.isConnected || first.closest("li")) return;
  const stack = [];
  let line = first;
  const top = line.ownerDocument.createElement(isNumbered(line) ? "ol" : "ul");
  first.before(top);
  stack.push(top);
  while (line?.matches("p[data-style]") && WORD_ITEM.test(line.dataset.style)) {
    const next = line.nextElementSibling;
    const level = Math.min(Number(WORD_ITEM.exec(line.dataset.style)[1]), 9);
    while (stack.length > level) stack.pop();
    while (stack.length < level && stack.at(-1).lastElementChild) {
      const inner = line.ownerDocument.createElement(isNumbered(line) ? "ol" : "ul");
      stack.at(-1).lastElementChild.append(inner);
      stack.push(inner);
    }
    const item = line.ownerDocument.createElement("li");
    item.append(...line.childNodes);
    stack.at(-1).append(item);
    line.remove();
    line = next;
  }
}

/** Word writes the number itself into the line; by then it is gone, but the class of numbered lists stays in the style. */
function isNumbered(line) {
  return /\blfo\d+\b/.test(line.dataset.style) && /MsoListNumber/i.test(line.className);
}
