// <form data-upload>: sends files as soon as they are chosen or dropped anywhere on the page, each with its own request,
// bar, cancel and retry. data-put-url="/…/{name}" sends raw bytes with PUT; otherwise each goes as a multipart POST like the
// plain form's. When all have arrived it says `upload:done` and goes to data-done-url, or loads the page again.
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";

const AT_ONCE = 2;
const size = new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

attach("form[data-upload]", (form) => {
  const input = form.querySelector('input[type="file"]');
  const list = form.querySelector("[data-upload-list]");
  const zone = form.querySelector("[data-upload-zone]");
  const waiting = [];
  const active = new Set();

  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add([...input.files]);
  });
  dropZone(zone, add);
  addEventListener("beforeunload", (event) => active.size > 0 && event.preventDefault());

  function add(files) {
    for (const file of files) waiting.push(row(list, file, { start: enqueue, stop: leave }));
    next();
  }

  function enqueue(item) {
    waiting.push(item);
    next();
  }

  function leave(item) {
    const at = waiting.indexOf(item);
    if (at >= 0) waiting.splice(at, 1);
    next();
  }

  function next() {
    while (active.size < AT_ONCE && waiting.length > 0) {
      const item = waiting.shift();
      active.add(item);
      send(form, input.name, item).finally(() => {
        active.delete(item);
        next();
      });
    }
    if (active.size === 0 && waiting.length === 0) finish();
  }

  function finish() {
    const states = [...list.children].map((each) => each.dataset.state);
    if (!states.includes("done") || states.includes("failed")) return;
    if (!form.dispatchEvent(new CustomEvent("upload:done", { bubbles: true, cancelable: true }))) return;
    if (form.dataset.doneUrl) location.assign(form.dataset.doneUrl);
    else location.reload();
  }
});

/** Sends one file. Resolves when it has arrived, failed or was cancelled. */
function send(form, name, item) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const put = form.dataset.putUrl?.replace("{name}", encodeURIComponent(item.file.name));
    item.abort = () => request.abort();
    item.show("sending", text("uploadWaiting"));
    request.open(put ? "PUT" : "POST", put ?? form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) => item.progress(loaded, total));
    request.addEventListener("load", () => {
      const arrived = request.status >= 200 && request.status < 400;
      item.show(arrived ? "done" : "failed", arrived ? text("uploadDone") : reason(request));
    });
    request.addEventListener("error", () => item.show("failed", text("uploadOffline")));
    request.addEventListener("abort", () => item.show("cancelled", text("uploadCancelled")));
    request.addEventListener("loadend", resolve);
    request.send(put ? item.file : multipart(form, name, item.file));
  });
}

function multipart(form, name, file) {
  const body = new FormData(form);
  body.set(name, file, file.name);
  return body;
}

/** Why the server refused, from a problem+json (RFC 9457) or a plain text. */
function reason(request) {
  const type = request.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    const problem = JSON.parse(request.responseText);
    return problem.detail ?? problem.title ?? text("uploadFailed");
  }
  return type.startsWith("text/plain") && request.responseText.length < 300 ? request.responseText : text("uploadFailed");
}

/** A file's line: its name, its bar, how it stands, and what one can do about it. */
function row(list, file, { start, stop }) {
  const bar = make("progress", { max: 1, value: 0, aria: { label: file.name } });
  const state = make("span", { className: "upload-state" });
  const cancel = make("button", { type: "button", className: "button button-quiet button-small" }, text("uploadCancel"));
  const retry = make("button", { type: "button", className: "button button-secondary button-small", hidden: true }, text("uploadRetry"));
  const line = make("li", { className: "upload-row" }, make("span", { className: "upload-name" }, file.name), bar, state);
  line.append(make("span", { className: "upload-buttons" }, cancel, retry));
  list.append(line);

  const item = { file, show, progress };
  show("waiting", text("uploadWaiting"));
  cancel.addEventListener("click", () => {
    if (line.dataset.state === "waiting") {
      show("cancelled", text("uploadCancelled"));
      stop(item);
    } else item.abort();
  });
  retry.addEventListener("click", () => {
    show("waiting", text("uploadWaiting"));
    start(item);
  });
  return item;

  function show(name, words) {
    line.dataset.state = name;
    state.textContent = words;
    state.role = name === "failed" ? "alert" : null;
    cancel.hidden = !["waiting", "sending"].includes(name);
    retry.hidden = !["failed", "cancelled"].includes(name);
    if (name === "waiting") bar.value = 0;
  }

  function progress(loaded, total) {
    bar.value = total ? loaded / total : 0;
    state.textContent = `${share.format(bar.value)} · ${size.format(loaded / 1e6)} / ${size.format(total / 1e6)}`;
  }
}

/** Takes files dropped anywhere on the page; a text box that takes files itself comes first. */
function dropZone(zone, add) {
  const holdsFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");
  let leaving;
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.classList.add("is-dropping");
    clearTimeout(leaving);
    leaving = setTimeout(() => zone.classList.remove("is-dropping"), 200);
  });
  document.addEventListener("drop", (event) => {
    if (!zone.isConnected || !holdsFiles(event) || event.defaultPrevented) return;
    event.preventDefault();
    add(droppedFiles(event.dataTransfer));
  });
}

/** The files among what was dropped; folders cannot be sent. */
function droppedFiles({ items }) {
  const files = [...items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory);
  return files.map((item) => item.getAsFile()).filter(Boolean);
}
