// Starts a behaviour on every element that matches a selector: now, and on what htmx puts into the page later.

const behaviours = [];

export function attach(selector, start) {
  const behaviour = { selector, start, seen: new WeakSet() };
  behaviours.push(behaviour);
  startWithin(document, behaviour);
}

function startWithin(root, { selector, start, seen }) {
  const found = [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
  for (const element of found.filter((each) => !seen.has(each))) {
    seen.add(element);
    start(element);
  }
}

document.addEventListener("htmx:after:process", ({ target }) => {
  for (const behaviour of behaviours) startWithin(target, behaviour);
});
