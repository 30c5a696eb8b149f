// Files that are pasted or dropped into a text box are sent, and stand in the text where they were dropped.
import { make } from "./elements.js";
import { insert } from "./insert.js";
import { text } from "./texts.js";
import { toast } from "./toast.js";

export function attachFiles(textarea, url) {
  textarea.addEventListener("paste", (event) => take(event, event.clipboardData));
  textarea.addEventListener("drop", (event) => take(event, event.dataTransfer));
  textarea.addEventListener("dragover", (event) => textarea.classList.toggle("is-dropping", event.dataTransfer.types.includes("Files")));
  textarea.addEventListener("dragleave", () => textarea.classList.remove("is-dropping"));

  function take(event, { files }) {
    textarea.classList.remove("is-dropping");
    if (files.length === 0) return;
    event.preventDefault();
    for (const file of files) send(file);
  }

  function send(file) {
    const marker = `![${text("attachSending")} ${file.name}…]()`;
    const bar = make("progress", { max: 1, value: 0, aria: { label: file.name } });
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.set("file", file, file.name);
    insert(textarea, `${marker}\n`, textarea.selectionStart, textarea.selectionEnd);
    textarea.after(bar);
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => (bar.value = loaded / total));
    request.addEventListener("loadend", () => {
      const markdown = request.status < 300 ? request.response?.markdown : undefined;
      const at = textarea.value.indexOf(marker);
      bar.remove();
      if (at >= 0) insert(textarea, markdown ?? "", at, at + marker.length);
      if (!markdown) toast("error", `${file.name}: ${request.response?.detail ?? text("uploadFailed")}`);
    });
    request.send(body);
  }
}
