// data-focus: takes the focus when it appears, as the summary of a form's errors does.
import { attach } from "./attach.js";

attach("[data-focus]", (element) => element.focus());
