// The command palette: a combobox (WAI-ARIA 1.2) over clubs, tabs, actions and what the search finds. Fetched when it is first
// opened; the server says what this member may do (spaces/views/palette.py), here it is only sorted and shown.
//
// It imports nothing: what it shares with every page comes in as an argument, so that pages do not fetch one file more.

let make;
let text;
const RECENT = "cercle:palette";
const MOST_RECENT = 5;
const MOST_IN_A_GROUP = 7;
const PAUSE = 150;
const sprite = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
const club = /^\/c\/([^/]+)\//.exec(location.pathname)?.[1];

export async function openPalette(tools) {
  ({ make, text } = tools);
  if (document.querySelector("dialog.palette")) return;
  const parts = draw();
  document.body.append(parts.dialog);
  parts.dialog.showModal();
  const answer = await fetch(club ? `/c/${club}/palette` : "/palette", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return location.assign(parts.input.value ? `/search?q=${encodeURIComponent(parts.input.value)}` : "/search");
  if (parts.dialog.open) run(parts, await answer.json());
}

function draw() {
  const list = make("ul", { id: "palette-list", className: "palette-list", role: "listbox", aria: { label: text("paletteTitle") } });
  const input = make("input", {
    type: "text", className: "palette-input", role: "combobox", autocomplete: "off", spellcheck: false, placeholder: text("paletteHint"),
    aria: { label: text("paletteTitle"), expanded: "true", controls: "palette-list", autocomplete: "list" },
  });
  input.enterKeyHint = "go";
  const count = make("p", { className: "visually-hidden", role: "status" });
  const close = make("button", { type: "button", className: "button button-quiet button-icon palette-close", aria: { label: text("close") } }, picture("x"));
  const dialog = make("dialog", { className: "palette", aria: { label: text("paletteTitle") } },
    make("div", { className: "palette-head" }, picture("search"), input, close), list, count);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("mousedown", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  return { dialog, input, list, count };
}

function run({ dialog, input, list, count }, facts) {
  const known = entriesOf(facts);
  let found = [];
  let at = 0;
  let waiting;
  let asked = 0;

  input.addEventListener("input", () => {
    found = [];
    show();
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) mark(at + step);
    else if (event.key === "Enter" && !event.isComposing) options()[at]?.click();
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointermove", ({ target }) => {
    const over = options().indexOf(target.closest("[role='option']"));
    if (over >= 0 && over !== at) mark(over, { scroll: false });
  });
  show();

  async function ask() {
    const words = input.value.trim();
    const turn = ++asked;
    if (!facts.search || words.length < 2) return;
    const query = new URLSearchParams({ q: words, ...(club ? { club } : {}) });
    const answer = await fetch(`${facts.search}?${query}`).catch(() => null);
    if (!answer?.ok || turn !== asked || !dialog.open) return;
    found = (await answer.json()).results.map((row) => ({ ...row, group: "found" }));
    show({ stay: true });
  }

  function show({ stay = false } = {}) {
    const words = input.value.trim();
    const groups = words ? matching(known, found, fold(words)) : resting(known);
    if (words && facts.results) groups.push(["", [{ label: facts.words.everything.replace("{}", words), url: `${facts.results}?q=${encodeURIComponent(words)}`, icon: "search" }]]);
    list.replaceChildren(...groups.filter(([, rows]) => rows.length).map(([name, rows]) => section(facts.words[name], rows.map((row) => option(row)))));
    if (!options().length) list.append(make("li", { className: "palette-none", role: "presentation" }, facts.words.none));
    count.textContent = facts.words.count.replace("{}", options().length);
    mark(stay ? at : 0);
  }

  function option(entry) {
    const row = make("li", { role: "option", className: "palette-option" }, markOf(entry), make("span", { className: "palette-label" }, entry.label));
    if (entry.note) row.append(make("span", { className: "palette-note" }, entry.note));
    if (entry.key) row.append(make("span", { className: "palette-keys", ariaHidden: "true" }, ...entry.key.split(" ").map((key) => make("kbd", {}, key))));
    row.addEventListener("click", (event) => choose(entry, event));
    return row;
  }

  function choose(entry, event) {
    if (entry.group) remember(entry.url ?? entry.does);
    if (entry.act) {
      dialog.close();
      entry.act();
    } else if (event.ctrlKey || event.metaKey) open(entry.url);
    else {
      dialog.close();
      location.assign(entry.url);
    }
  }

  function options() {
    return [...list.querySelectorAll("[role='option']")];
  }

  function mark(wanted, { scroll = true } = {}) {
    const all = options();
    at = all.length ? (wanted + all.length) % all.length : 0;
    for (const [index, each] of all.entries()) {
      each.id = `palette-${index}`;
      each.ariaSelected = String(index === at);
    }
    input.setAttribute("aria-activedescendant", all[at]?.id ?? "");
    if (scroll) (at === 0 ? list.firstElementChild : all[at])?.scrollIntoView({ block: "nearest" });
  }
}

function entriesOf({ tabs, commands, clubs, places, words }) {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
    || (!document.documentElement.dataset.scheme && matchMedia("(prefers-color-scheme: dark)").matches);
  const scheme = { label: dark ? words.light : words.dark, icon: dark ? "sun" : "moon", does: "scheme", act: () => document.querySelector(`[data-scheme-value="${dark ? "light" : "dark"}"]`)?.click() };
  const here = location.pathname;
  const help = (row) => (row.url === "/shortcuts" ? { ...row, act: () => document.querySelector("a[data-shortcuts]").click() } : row);
  return [
    ...commands.map((row) => ({ ...row, group: "commands" })),
    ...tabs.map((row) => ({ ...row, group: "tabs" })),
    ...clubs.map((row) => ({ ...row, group: "clubs" })),
    ...[...places.map(help), scheme].map((row) => ({ ...row, group: "places" })),
  ].filter((row) => row.url !== here);
}

/** Nothing is typed: what was used lately, then everything in its groups. */
function resting(known) {
  const recent = recentOnes().map((address) => known.find((row) => (row.url ?? row.does) === address)).filter(Boolean);
  const rest = known.filter((row) => !recent.includes(row));
  return [["recent", recent], ...["commands", "tabs", "clubs", "places"].map((group) => [group, rest.filter((row) => row.group === group).slice(0, MOST_IN_A_GROUP)])];
}

function matching(known, found, words) {
  const recent = recentOnes();
  const rated = known
    .map((row) => [rate(fold(row.label), words) + (recent.includes(row.url ?? row.does) ? 0.5 : 0), row])
    .filter(([points]) => points >= 1)
    .sort(([one], [other]) => other - one)
    .map(([, row]) => row);
  const groups = ["commands", "tabs", "clubs", "places"].map((group) => [group, rated.filter((row) => row.group === group).slice(0, MOST_IN_A_GROUP)]);
  groups.sort(([, one], [, other]) => rank(rated, one) - rank(rated, other));
  return [...groups, ["found", found.filter((row) => !rated.some((other) => other.url === row.url))]];
}

function rank(rated, rows) {
  return rows.length ? rated.indexOf(rows[0]) : Infinity;
}

/** How well a label answers: 4 it begins so, 3 a word of it does, 2 it holds the words, 1 it holds their letters in order, 0 not. */
function rate(label, words) {
  if (label.startsWith(words)) return 4;
  const pieces = words.split(" ");
  if (pieces.every((piece) => label.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(piece)))) return 3;
  if (pieces.every((piece) => label.includes(piece))) return 2;
  let place = -1;
  const letters = words.replaceAll(" ", "");
  return letters.length > 1 && [...letters].every((letter) => (place = label.indexOf(letter, place + 1)) >= 0) ? 1 : 0;
}

/** Small letters without accents, so that "equipe" finds "Équipe". */
function fold(words) {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae").replaceAll("’", "'");
}

let groups = 0;
function section(name, rows) {
  const id = `palette-group-${(groups += 1)}`;
  const inner = make("ul", { role: "group" }, ...rows);
  if (!name) return make("li", { role: "presentation" }, inner);
  inner.setAttribute("aria-labelledby", id);
  return make("li", { role: "presentation" }, make("span", { id, className: "palette-group", role: "presentation" }, name), inner);
}

function markOf({ icon, accent, initials }) {
  if (accent) return make("span", { className: "club-mark club-mark-small", ariaHidden: "true", data: { accent } }, initials);
  return picture(icon || "arrow-right");
}

function picture(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  for (const [key, value] of Object.entries({ class: "icon", width: 20, height: 20, "aria-hidden": "true" })) svg.setAttribute(key, value);
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

function recentOnes() {
  try {
    return JSON.parse(localStorage.getItem(RECENT)) ?? [];
  } catch {
    return [];
  }
}

function remember(address) {
  localStorage.setItem(RECENT, JSON.stringify([address, ...recentOnes().filter((each) => each !== address)].slice(0, MOST_RECENT)));
}
