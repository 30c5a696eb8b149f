// data-accent-preview around radio buttons named accent: shows the page in the colour that is chosen, before it is saved.
import { attach } from "./attach.js";

attach("[data-accent-preview]", (choices) => {
  choices.addEventListener("change", ({ target }) => {
    document.body.dataset.accent = target.value;
  });
});
