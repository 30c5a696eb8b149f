// Answers what is wrong with the page as it stands: one sentence for each thing that would stop or puzzle somebody.
() => {
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

  const small = all("button, summary, .button, nav a").filter(shown).filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return width > 0 && (width < 24 || height < 24);
  });
  wrong.push(...small.map((one) => `too small to hit: ${describe(one)}`));

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
};
