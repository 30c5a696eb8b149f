// What can be put into a text, by the buttons and by "/": each with its name, its other names and how it is written.
import * as commands from "./commands.js";

/**
 * @param texts the sentences of the editor.
 * @param acts {chooseFile} or nothing where no files are taken.
 */
export function blocksFor(texts, { chooseFile } = {}) {
  const one = (name, icon, run, hint = "") => ({ name, icon, run, hint, label: texts[name], words: `${texts[name]} ${texts[`${name}Words`] ?? ""} ${ENGLISH[name] ?? ""}` });
  return [
    one("paragraph", "pilcrow", commands.paragraph),
    one("heading2", "heading-2", commands.heading(2), "##"),
    one("heading3", "heading-3", commands.heading(3), "###"),
    one("heading4", "heading-4", commands.heading(4), "####"),
    one("bulletList", "list", commands.bulletList, "-"),
    one("orderedList", "list-ordered", commands.orderedList, "1."),
    one("taskList", "list-todo", commands.taskList, "[ ]"),
    ...(chooseFile ? [one("file", "image", chooseFile)] : []),
    one("quote", "text-quote", commands.quote, ">"),
    one("calloutTip", "lightbulb", commands.callout("TIP")),
    one("calloutNote", "info", commands.callout("NOTE")),
    one("calloutImportant", "megaphone", commands.callout("IMPORTANT")),
    one("calloutWarning", "triangle-alert", commands.callout("WARNING")),
    one("calloutCaution", "circle-alert", commands.callout("CAUTION")),
    one("table", "table", commands.table),
    one("codeBlock", "square-code", commands.codeBlock, "```"),
    one("rule", "minus", commands.horizontalRule, "---"),
  ];
}

/** Names that are understood in every language. */
const ENGLISH = {
  paragraph: "text paragraph",
  heading2: "heading title h2",
  heading3: "heading subtitle h3",
  heading4: "heading subtitle h4",
  bulletList: "bullet list points",
  orderedList: "numbered ordered list",
  taskList: "task todo checklist",
  file: "picture image photo file attachment",
  quote: "quote",
  calloutTip: "tip callout box",
  calloutNote: "note info callout box",
  calloutImportant: "important callout box",
  calloutWarning: "warning callout box",
  calloutCaution: "caution danger callout box",
  table: "table grid",
  codeBlock: "code block",
  rule: "line rule divider separator",
};

/** The blocks of which a word begins like what was typed; accents and case do not matter. */
export function blocksLike(blocks, typed) {
  const asked = plain(typed).trim();
  return blocks.filter(({ words }) => plain(words).split(/[^\p{L}\p{N}]+/u).some((word, at, all) => all.slice(at).join(" ").startsWith(asked)));
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
