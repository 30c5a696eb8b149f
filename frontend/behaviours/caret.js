// Where the caret of a text box is, in pixels from its corner: measured in a hidden copy of the box.
import { make } from "./elements.js";

const COPIED = ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "tabSize", "textIndent"];

export function caretPosition(textarea) {
  const style = getComputedStyle(textarea);
  const caret = make("span", {}, "\u200b");
  const copy = make("div", { ariaHidden: "true" }, textarea.value.slice(0, textarea.selectionStart), caret);
  for (const name of COPIED) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", width: `${textarea.offsetWidth}px` });
  document.body.append(copy);
  const position = { left: caret.offsetLeft, bottom: caret.offsetTop + caret.offsetHeight - textarea.scrollTop };
  copy.remove();
  return position;
}
