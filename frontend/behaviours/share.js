// <form data-upload data-shared>: sends the files that the service worker took in from the device (frontend/service-worker.js),
// through the form's own upload. What is shared is forgotten when it has arrived, and when somebody signs out.
import { attach } from "./attach.js";
import { make } from "./elements.js";

const SHARED = "cercle-shared";
let reading;

attach("[data-shared-list]", async (list) => {
  const files = await sharedFiles();
  list.append(...files.map((file) => make("li", {}, file.name)));
  const missing = document.querySelector("[data-shared-missing]");
  if (missing) missing.hidden = files.length > 0;
});

attach("form[data-shared]", (form) => {
  const input = form.querySelector('input[type="file"]');
  const button = form.querySelector('button[type="submit"]');
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const held = new DataTransfer();
    for (const file of await sharedFiles()) held.items.add(file);
    if (held.files.length === 0) return;
    button.disabled = true;
    input.files = held.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  form.addEventListener("upload:done", forget);
});

attach("form[data-keep-forget]", (form) => form.addEventListener("submit", forget));

function sharedFiles() {
  reading ??= read();
  return reading;
}

async function read() {
  if (!("caches" in window) || !(await caches.has(SHARED))) return [];
  const answers = await (await caches.open(SHARED)).matchAll();
  return Promise.all(answers.map(fileOf));
}

async function fileOf(answer) {
  const name = decodeURIComponent(answer.headers.get("X-Name"));
  return new File([await answer.blob()], name, { type: answer.headers.get("Content-Type") });
}

function forget() {
  if ("caches" in window) caches.delete(SHARED);
}
