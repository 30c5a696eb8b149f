// <textarea data-autosize>: grows with its text, where style sheets alone cannot do it yet.
import { attach } from "./attach.js";

const styled = CSS.supports("field-sizing", "content") && CSS.supports("width", "calc(attr(rows type(<number>), 1) * 1px)");

if (!styled) attach("textarea[data-autosize]", grow);

function grow(textarea) {
  const fit = () => {
    textarea.style.height = "auto";
    textarea.style.height = `${textarea.scrollHeight + textarea.offsetHeight - textarea.clientHeight}px`;
  };
  textarea.addEventListener("input", fit);
  fit();
}
