// Which addresses are links, and what stands between [[ and ]]: the rules of core/safe_html.py and core/markdown_rules.py.

const SCHEME = /^[^/?#]*:/;
const LONGEST = 2048;
export const WIKILINK = /\[\[([^[\]|#\\\n]{0,200}(?:#[^[\]|\\\n]{0,200})?)(?:\\?\|([^[\]\n]{0,200}))?\]\]/;
export const BARE_ADDRESS = /https?:\/\/[^\s<>"`\\|[\]]+|[\w.+-]+@[a-z\d-]+(?:\.[a-z\d-]+)+/i;

/** Whether every browser reads this as a web address, a mail address or a path of this site. */
export function isSafeLink(url) {
  if (!url || url.length > LONGEST || url.startsWith("//") || /[\u0000-\u0020\u007f\\]/.test(url)) return false;
  return !SCHEME.test(url) || /^(?:https?:\/\/[^/?#\\]|mailto:)/i.test(url);
}

/** Pictures come from this site alone. */
export function isShownPicture(url) {
  return isSafeLink(url) && !SCHEME.test(url);
}

/** What somebody typed as an address, completed: "www.exemple.fr" and "moi@exemple.fr" are links, too. Null when it is none. */
export function addressFrom(typed) {
  const words = typed.trim();
  if (/^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/.test(words)) return `mailto:${words}`;
  if (/^(?:[\w-]+\.)+[a-z]{2,}(?:[/?#:]\S*)?$/i.test(words) && !words.includes("@")) return `https://${words}`;
  const address = words.replaceAll(" ", "%20");
  return isSafeLink(address) ? address : null;
}

/** {target, label} of "Name#heading|words"; null when it is no wikilink. */
export function partsOfWikilink(inside) {
  const [, target, label] = WIKILINK.exec(`[[${inside}]]`) ?? [];
  if (!target?.trim() || target.trim().startsWith("^") || target.trim() === "#") return null;
  return { target, label: label ?? null };
}
