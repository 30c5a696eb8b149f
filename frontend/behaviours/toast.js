// [data-toast]: a message that can be put away; toast(kind, text) shows one.
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";

attach("[data-toast]", (message) => {
  const close = message.querySelector("[data-toast-close]") ?? closeButton(message);
  close.hidden = false;
  close.addEventListener("click", () => message.remove());
});

export function toast(kind, words) {
  const message = make("div", { className: `toast toast-${kind}`, data: { toast: "" } }, make("p", {}, words));
  const close = closeButton(message);
  close.addEventListener("click", () => message.remove());
  document.getElementById("toasts").append(message);
  return message;
}

function closeButton(message) {
  const button = make("button", { type: "button", className: "toast-close", aria: { label: text("dismiss") } }, "×");
  message.append(button);
  return button;
}
