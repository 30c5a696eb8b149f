// data-load="/static/…/pages/NAME.js": fetches a module only where a page needs it and calls its default export with the
// element. Works in pages that come whole and in those that htmx swaps in. What a module improves works without it, so one
// that is lost on the way is no fault.
import { attach } from "./attach.js";

attach("[data-load]", async (element) => {
  const module = await import(element.dataset.load).catch(() => null);
  module?.default?.(element);
});
