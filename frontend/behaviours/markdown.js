// <textarea data-markdown>: lists go on with Enter and shift with Tab; "[[" offers pages from data-complete-url
// (?q=… answers [{"label", "value"}]), "@" people from data-mention-url; pictures and files that are pasted or dropped go
// to data-attach-url (answers {"markdown"}).
import { attach } from "./attach.js";
import { insert } from "./insert.js";
import { attachFiles } from "./markdown-attach.js";
import { completeLinks } from "./markdown-complete.js";

const ITEM = /^(\s*)([-*+]|(\d+)[.)])(\s+)(\[[ xX]\]\s+)?/;

attach("textarea[data-markdown]", (textarea) => {
  // First, so that Enter and Tab choose a completion while the list of them is open.
  const { completeUrl: complete, mentionUrl: mention } = textarea.dataset;
  if (complete || mention) completeLinks(textarea, { complete, mention });
  if (textarea.dataset.attachUrl) attachFiles(textarea, textarea.dataset.attachUrl);
  textarea.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && continueList(textarea)) event.preventDefault();
    if (event.key === "Tab" && shiftItem(textarea, event.shiftKey)) event.preventDefault();
  });
});

/** Begins the next item, or ends the list on an empty one. True when it did something. */
function continueList(textarea) {
  const { value, selectionStart: at, selectionEnd: end } = textarea;
  const start = value.lastIndexOf("\n", at - 1) + 1;
  const line = value.slice(start, at);
  const item = ITEM.exec(line);
  if (!item || at !== end) return false;
  if (item[0] === line) {
    insert(textarea, "", start, at);
    return true;
  }
  const [, indent, mark, number, space, task] = item;
  const next = number ? `${Number(number) + 1}${mark.at(-1)}` : mark;
  insert(textarea, `\n${indent}${next}${space}${task ? "[ ] " : ""}`, at, at);
  return true;
}

/** Moves a list item in or out. Elsewhere Tab stays the way out of the text box. */
function shiftItem(textarea, outwards) {
  const { value, selectionStart: at } = textarea;
  const start = value.lastIndexOf("\n", at - 1) + 1;
  const line = value.slice(start).split("\n", 1)[0];
  if (!ITEM.test(line) || (outwards && !line.startsWith("  "))) return false;
  if (outwards) insert(textarea, "", start, start + 2);
  else insert(textarea, "  ", start, start);
  textarea.selectionStart = textarea.selectionEnd = at + (outwards ? -2 : 2);
  return true;
}
