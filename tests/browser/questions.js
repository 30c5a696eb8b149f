// Questions about the page as it stands, for tests: each answers with a sentence for every fault, or with a fact.
({
  // What axe-core finds.
  async axe(options) {
    const { violations } = await window.axe.run(document, options);
    const why = (node) => [...node.any, ...node.all, ...node.none].map((one) => one.message).join("; ").slice(0, 200);
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} (${why(node)})`));
  },

  // What stands out of the page at its sides.
  sideways() {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const outside = this.all("body *").filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      return right > root.clientWidth + 1 || left < -1;
    });
    return [`it scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} pixels`, ...outside.slice(0, 5).map(this.describe)];
  },

  // Text that its box hides.
  cutOff() {
    const meant = ".visually-hidden, .prose-preview, svg, select, [aria-hidden=true]";
    return this.all("body *").filter((one) => {
      const { overflowX, overflowY, textOverflow, webkitLineClamp } = getComputedStyle(one);
      if (!one.checkVisibility() || !one.textContent.trim() || one.closest(meant) || one.clientWidth <= 1 || textOverflow === "ellipsis" || webkitLineClamp !== "none") return false;
      const wide = one.scrollWidth > one.clientWidth + 1, high = one.scrollHeight > one.clientHeight + 1;
      return (wide && ["hidden", "clip"].includes(overflowX)) || (high && ["hidden", "clip"].includes(overflowY));
    }).map((one) => `cut off: ${this.describe(one)}`);
  },

  // What could move for longer than a millisecond.
  restless() {
    const long = (times) => times.split(",").some((time) => parseFloat(time) * (time.includes("ms") ? 1 : 1000) > 1);
    return this.all("*").flatMap((one) => ["", "::before", "::after"].map((part) => [one, getComputedStyle(one, part || null)])).filter(([, style]) =>
      (style.animationName !== "none" && long(style.animationDuration)) || (style.transitionProperty !== "none" && long(style.transitionDuration)),
    ).map(([one]) => `may move: ${this.describe(one)}`);
  },

  // On which sides the rail and the aside stand.
  sides() {
    const shown = this.all(".rail, .aside").filter((one) => one.checkVisibility());
    return Object.fromEntries(shown.map((one) => {
      const { left, width } = one.getBoundingClientRect();
      return [one.className, left + width / 2 < innerWidth / 2 ? "left" : "right"];
    }));
  },

  // Empties the first form that asks for something and answers with where it goes; null where there is none.
  emptied() {
    const asked = "input[required]:not([type=checkbox], [type=radio], [type=file]), textarea[required]";
    const form = this.all("main form[method=post]").find((one) => one.querySelector(asked));
    if (!form) return null;
    for (const field of form.querySelectorAll(asked)) field.value = "";
    form.noValidate = true;
    form.dataset.emptied = "";
    return form.action;
  },

  // Fields of a refused form that do not say what is wrong with them.
  unsaid() {
    const fields = this.all("main [aria-invalid=true]");
    if (!fields.length) return ["no field is marked as wrong"];
    const said = (one) => (one.getAttribute("aria-describedby") ?? "").split(" ").some((id) => document.getElementById(id)?.textContent.trim());
    return fields.filter((one) => !said(one)).map((one) => `nothing says what is wrong with ${this.describe(one)}`);
  },

  // With forced colours: what can be pressed or is chosen, but has neither a line around it nor text of a link.
  unmarked() {
    const lined = (style) => ["outline", "borderTop", "borderBottom"].some((line) => style[`${line}Style`] !== "none" && parseFloat(style[`${line}Width`]) >= 1);
    const styles = (one) => [getComputedStyle(one), ...["::before", "::after"].map((part) => getComputedStyle(one, part)).filter((style) => style.content !== "none")];
    const filled = (style) => style.forcedColorAdjust === "none" && style.backgroundColor !== "rgba(0, 0, 0, 0)";
    const chosen = this.all("a[aria-current]:is(.tabs a, .rail a, .tree a), [aria-pressed=true], progress").filter((one) => one.checkVisibility());
    const pressed = this.all(".button:not(.button-quiet), .topbar-search, .badge").filter((one) => one.checkVisibility());
    return [
      ...chosen.filter((one) => !styles(one).some((style) => lined(style) || filled(style))).map((one) => `not seen to be chosen: ${this.describe(one)}`),
      ...pressed.filter((one) => !styles(one).some(lined)).map((one) => `no line around ${this.describe(one)}`),
    ];
  },

  // The element with the focus: its name as a screen reader would say it, and whether it can be seen.
  focus() {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const ring = this.ring(one);
    const labels = [...(one.labels ?? [])].map((label) => label.textContent);
    const by = (one.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    const words = [one.getAttribute("aria-label"), by.join(" "), labels.join(" "), this.spoken(one), one.title, one.placeholder];
    const name = (words.find((text) => text?.trim()) ?? "").replace(/\s+/g, " ").trim();
    const where = [...document.querySelectorAll("*")].indexOf(one);
    return { name, where, kind: one.localName, html: this.describe(one), ring, hidden: this.isCovered(one) };
  },

  // Its text without what screen readers leave out.
  spoken(one) {
    const copy = one.cloneNode(true);
    for (const silent of copy.querySelectorAll("[aria-hidden=true]")) silent.remove();
    return copy.textContent;
  },

  // Whether the focus shows: as an outline, or as another change of the element or of what it stands in.
  ring(one) {
    const drawn = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    if (drawn(getComputedStyle(one)) || drawn(getComputedStyle(one, "::after"))) return true;
    const now = this.appearance(one);
    one.blur();
    const before = this.appearance(one);
    one.focus({ preventScroll: true });
    return now !== before;
  },

  appearance(one) {
    const around = [one, one.parentElement, one.parentElement?.parentElement, one.parentElement?.parentElement?.parentElement].filter(Boolean);
    return around.map((each) => getComputedStyle(each)).map((style) => [style.outline, style.boxShadow, style.borderColor, style.backgroundColor]).join(" | ");
  },

  // WCAG 2.2, 2.4.11: whether nothing of it can be seen, because it is out of sight or below something else.
  isCovered(one) {
    const shape = one.matches("[type=checkbox], [type=radio], [type=file]") ? (one.closest("label") ?? one) : one;
    const { left, right, top, bottom } = shape.getBoundingClientRect();
    const across = (from, to) => [0.1, 0.5, 0.9].map((part) => from + (to - from) * part);
    return !across(left, right).some((x) => across(top, bottom).some((y) => {
      const top = document.elementFromPoint(x, y);
      return top && (shape.contains(top) || top.contains(shape) && top !== document.documentElement && top !== document.body && !top.matches("main, .frame, .frame-page"));
    }));
  },

  // What can be pressed in the rows of lists but lies below something else, so that no mouse and no finger ever meets it.
  buried() {
    const big = (one) => one.getBoundingClientRect().width > 2;
    const pressed = this.all("main .item :is(a, button, summary, input:not([type=hidden]))").filter((one) => one.checkVisibility() && big(one));
    return pressed.filter((one) => {
      one.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, right, top, bottom } = one.getClientRects()[0];
      const met = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      return met && !one.contains(met) && !met.contains(one);
    }).map((one) => `nobody can press ${this.describe(one)}`);
  },

  all: (selector) => [...document.querySelectorAll(selector)],
  describe: (one) => one.outerHTML.replace(/\s+/g, " ").slice(0, 160),
})
