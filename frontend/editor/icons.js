// Icons from the site's sprite, whose address the text box brings along.

const SVG = "http://www.w3.org/2000/svg";
let sprite = "";

export function useSprite(address) {
  sprite = address;
}

export function icon(name, size = 20) {
  const picture = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${sprite}#${name}`);
  picture.setAttribute("class", "icon");
  picture.setAttribute("width", size);
  picture.setAttribute("height", size);
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}
