// The rich editor, loaded where a page has a <textarea data-editor>; without it the text box is what one writes in.
import { Editor } from "../editor/editor.js";

export default function start(textarea) {
  return new Editor(textarea);
}
