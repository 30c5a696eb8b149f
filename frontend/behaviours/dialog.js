// data-dialog-open="id" opens <dialog id data-dialog>; a click beside it closes it. data-dialog-now opens it at once.
import { attach } from "./attach.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  const dialog = opener && document.getElementById(opener.dataset.dialogOpen);
  if (!dialog || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  opener.closest("details[data-menu]")?.removeAttribute("open");
  dialog.showModal();
});

attach("dialog[data-dialog]", (dialog) => {
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog && isOutside(event, dialog.getBoundingClientRect())) dialog.close();
  });
  if ("dialogNow" in dialog.dataset) dialog.showModal();
});

function isOutside({ clientX: x, clientY: y }, box) {
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}
