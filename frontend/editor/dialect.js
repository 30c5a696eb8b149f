// The Markdown that the server reads (core/markdown_rules.py), for the browser.
import MarkdownIt from "markdown-it";
import definitions from "markdown-it-deflist";
import footnotes from "markdown-it-footnote";
import { WIKILINK, isSafeLink, partsOfWikilink } from "./links.js";

const FOOTNOTE = /\[\^[^\]\s]+\]/y;
const LINK = new RegExp(WIKILINK.source, "y");

export const dialect = new MarkdownIt("commonmark", { html: false, maxNesting: 80 });
dialect.enable(["table", "strikethrough"]).use(footnotes).use(definitions);
// Definitions of footnotes end blocks; what refers to them stays as it was written.
dialect.disable(["footnote_inline", "footnote_ref", "footnote_tail"]);
dialect.validateLink = isSafeLink;
dialect.normalizeLink = (url) => url;
dialect.inline.ruler.before("link", "wikilink", (state, silent) => {
  const found = matchAt(LINK, state);
  const parts = found && partsOfWikilink(found[0].slice(2, -2));
  if (!parts) return false;
  if (!silent) state.push("wikilink", "", 0).meta = parts;
  state.pos += found[0].length;
  return true;
});
dialect.inline.ruler.before("link", "footnote_mark", (state, silent) => {
  const found = matchAt(FOOTNOTE, state);
  if (!found) return false;
  if (!silent) state.push("raw_inline", "", 0).content = found[0];
  state.pos += found[0].length;
  return true;
});

function matchAt(pattern, { src, pos, posMax }) {
  pattern.lastIndex = pos;
  const found = src[pos] === "[" && pattern.exec(src);
  return found && pos + found[0].length <= posMax ? found : null;
}
