// A field for a password gets a button that shows what was typed, for who types on a phone or pastes.
import { attach } from "./attach.js";
import { make } from "./elements.js";
import { text } from "./texts.js";

attach(".field-password > input[type=password]", (input) => {
  const button = make("button", { type: "button", className: "reveal", textContent: text("showPassword"), aria: { controls: input.id } });
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = text(shown ? "hidePassword" : "showPassword");
  };
  input.after(button);
  button.addEventListener("click", () => show(input.type === "password"));
  input.form?.addEventListener("submit", () => show(false));
});
