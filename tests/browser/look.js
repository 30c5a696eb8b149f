// Answers what is wrong with the page as it stands: one sentence for each thing that would stop or puzzle somebody.
() => {
  const SMALLEST = 24; // pixels; WCAG 2.2, 2.5.8
  const wrong = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const describe = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 120);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (element) => {
    const pictures = [...element.querySelectorAll("img[alt], svg[aria-label]")].map((one) => one.alt ?? one.getAttribute("aria-label"));
    const labels = [...(element.labels ?? [])].map((label) => label.textContent);
    const words = [element.getAttribute("aria-label"), element.textContent, ...labels, ...pictures];
    return element.hasAttribute("aria-labelledby") || words.some((text) => text?.trim());
  };

  if (!document.documentElement.lang) wrong.push("the page has no language");
  if (!document.title.trim()) wrong.push("the page has no title");
  const headings = all("h1").filter(shown);
  if (headings.length !== 1) wrong.push(`the page has ${headings.length} headings of the first level`);
  if (all("main").length !== 1) wrong.push("the page has not one main part");

  const fields = all("input:not([type=hidden]), select, textarea");
  wrong.push(...fields.filter((one) => !(one.labels?.length || one.getAttribute("aria-label") || one.hasAttribute("aria-labelledby"))).map((one) => `without a label: ${describe(one)}`));
  wrong.push(...all("a[href], button, summary").filter((one) => !named(one)).map((one) => `without a name: ${describe(one)}`));
  wrong.push(...all("img:not([alt])").map((one) => `without a text: ${describe(one)}`));
  wrong.push(...all("[aria-labelledby], [aria-describedby], label[for]").flatMap((one) => references(one)));

  const ids = all("[id]").map((one) => one.id);
  wrong.push(...new Set(ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `the id ${id} is there twice`)));

  const levels = all("h1, h2, h3, h4, h5, h6").filter(shown).map((one) => [Number(one.tagName[1]), one]);
  const leaps = levels.filter(([level], at) => at > 0 && level > levels[at - 1][0] + 1);
  wrong.push(...leaps.map(([, one]) => `a level of headings is left out before ${describe(one)}`));

  const targets = all("a[href], button, input:not([type=hidden]), select, textarea, summary").filter((one) => shown(one) && !one.disabled);
  const boxes = new Map(targets.map((one) => [one, hitBox(one)]).filter(([, box]) => box.width > 1 && box.height > 1));
  const small = [...boxes].filter(([one, box]) => Math.min(box.width, box.height) < SMALLEST - 0.1 && !isInText(one) && isCrowded(one, box));
  wrong.push(...small.map(([one, box]) => `too small to hit, ${Math.round(box.width)} by ${Math.round(box.height)}: ${describe(one)}`));

  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const outside = all("body *").filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1).map(describe);
    wrong.push(`it scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} pixels`, ...outside);
  }
  return wrong;

  function references(element) {
    const names = ["aria-labelledby", "aria-describedby", "for"].map((name) => element.getAttribute(name) ?? "");
    const lost = names.join(" ").split(/\s+/).filter((id) => id && !document.getElementById(id));
    return lost.map((id) => `${id} is not there, but wanted by ${describe(element)}`);
  }

  // Where a press counts: a choice with its label, a title that is stretched over its whole row.
  function hitBox(one) {
    const label = one.matches("[type=checkbox], [type=radio], [type=file]") && one.closest("label");
    const after = getComputedStyle(one, "::after");
    const stretched = after.content !== "none" && after.position === "absolute" && after.inset === "0px";
    return (label || (stretched && one.offsetParent) || one).getBoundingClientRect();
  }

  // WCAG 2.2, 2.5.8, exception "Inline": in a sentence, its size follows from the line.
  function isInText(one) {
    if (!one.matches("a, button") || getComputedStyle(one).display !== "inline") return false;
    let block = one.parentElement;
    while (block && ["inline", "contents"].includes(getComputedStyle(block).display)) block = block.parentElement;
    return (block?.textContent.trim().length ?? 0) > one.textContent.trim().length;
  }

  // WCAG 2.2, 2.5.8, exception "Spacing": a circle of 24 pixels around it touches no other target, nor the circle of a small one.
  function isCrowded(one, box) {
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    return [...boxes].some(([other, { left, right, top, bottom, width, height }]) => {
      if (other === one || other.contains(one) || one.contains(other) || (left <= box.left && right >= box.right && top <= box.top && bottom >= box.bottom)) return false;
      if (Math.min(width, height) < SMALLEST) return Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2) < SMALLEST;
      return Math.hypot(x - Math.min(Math.max(x, left), right), y - Math.min(Math.max(y, top), bottom)) < SMALLEST / 2;
    });
  }
};
