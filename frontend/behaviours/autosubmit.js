// <form data-autosubmit>: a filter that is sent when a choice changes and, where htmx loads the answer, while one types.
import { attach } from "./attach.js";

const PAUSE = 300;

attach("form[data-autosubmit]", (form) => {
  let waiting;
  form.addEventListener("change", ({ target }) => {
    if (!isText(target)) form.requestSubmit();
  });
  if (!form.matches("[hx-get]")) return;
  form.addEventListener("input", ({ target }) => {
    if (!isText(target)) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), PAUSE);
  });
});

function isText(field) {
  return field.matches('textarea, input:not([type="checkbox"], [type="radio"], [type="date"])');
}
