// Wide tables and code in texts: what scrolls in its own box can be reached, and scrolled, with the keyboard.
import { attach } from "./attach.js";

const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

attach(".prose :is(pre, table)", (box) => watch.observe(box));
