// What is shown but not written: the hint in an empty text, people and addresses as the reader will see them.
import { Plugin } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import { BARE_ADDRESS } from "./links.js";
import { schema } from "./schema.js";

const MENTION = /(?<![\p{L}\p{N}./+@\\-])@[a-z\d]+(?:-[a-z\d]+)*(?![-_.]?[\p{L}\p{N}]|[@/])/giu;
const ADDRESS = new RegExp(BARE_ADDRESS.source, "gi");
const { link, code } = schema.marks;

export function shown(placeholder) {
  return new Plugin({
    state: {
      init: (_, { doc }) => decorate(doc),
      apply: (tr, before) => (tr.docChanged ? decorate(tr.doc) : before),
    },
    props: {
      decorations(state) {
        return this.getState(state);
      },
    },
  });

  function decorate(doc) {
    const found = [];
    const [first] = doc.children;
    if (doc.childCount === 1 && first.type.name === "paragraph" && first.childCount === 0) {
      found.push(Decoration.node(0, first.nodeSize, { class: "is-empty", "data-placeholder": placeholder }));
    }
    doc.descendants((node, pos) => {
      if (node.isText && !link.isInSet(node.marks) && !code.isInSet(node.marks)) {
        mark(node.text, MENTION, "mention", pos, found);
        mark(node.text, ADDRESS, "address", pos, found);
      }
      return !node.type.spec.code;
    });
    return DecorationSet.create(doc, found);
  }
}

function mark(text, pattern, name, pos, found) {
  for (const { 0: words, index } of text.matchAll(pattern)) found.push(Decoration.inline(pos + index, pos + index + words.length, { class: name }));
}
