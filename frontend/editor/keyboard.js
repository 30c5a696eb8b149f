// On a phone the buttons stand right above the on-screen keyboard, and the caret above the buttons.

export function followKeyboard(root, view) {
  const bar = root.querySelector(".editor-bar");
  const screen = window.visualViewport;

  function fit() {
    const covered = screen ? Math.max(0, innerHeight - screen.height - screen.offsetTop) : 0;
    root.style.setProperty("--keyboard", `${Math.round(covered)}px`);
    const atBottom = getComputedStyle(bar).insetBlockEnd !== "auto";
    const { height } = bar.getBoundingClientRect();
    const margin = { top: atBottom ? 16 : height + bar.offsetTop + 72, bottom: (atBottom ? height : 0) + covered + 16, left: 0, right: 0 };
    view.setProps({ scrollMargin: margin, scrollThreshold: margin });
  }

  for (const name of ["resize", "scroll"]) screen?.addEventListener(name, fit);
  view.dom.addEventListener("focus", fit);
  fit();
}
