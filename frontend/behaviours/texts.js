// The sentences that scripts show, translated by the server in <template id="texts" data-…> of every page.

export function text(name) {
  return document.getElementById("texts").dataset[name];
}
