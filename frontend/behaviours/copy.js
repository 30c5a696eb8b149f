// <button data-copy="text" data-copied="Copied" hidden>: copies a text and says so for a moment.
import { attach } from "./attach.js";

attach("[data-copy]", (button) => {
  const words = button.querySelector("span") ?? button;
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    words.textContent = button.dataset.copied;
    setTimeout(() => (words.textContent = before), 2000);
  });
});
