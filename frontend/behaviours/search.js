// "/" goes to the search box [data-search-focus], unless somebody is writing.

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable='true'], dialog[open]")) return;
  const box = [...document.querySelectorAll("[data-search-focus]")].find((each) => each.checkVisibility());
  if (!box) return;
  event.preventDefault();
  box.select();
});
