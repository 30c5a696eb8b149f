// Puts text in place of a range of a text box; undo knows about it where the browser lets it.

export function insert(textarea, words, start, end) {
  textarea.focus();
  textarea.setSelectionRange(start, end);
  const done = words ? document.execCommand("insertText", false, words) : document.execCommand("delete");
  if (done) return;
  textarea.setRangeText(words, start, end, "end");
  textarea.dispatchEvent(new Event("input", { bubbles: true }));
}
