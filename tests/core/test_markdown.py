"""Markdown becomes the markup people expect and never anything a browser would run, call or mistake."""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.markdown import (
    CALLOUTS,
    MAX_SOURCE,
    Heading,
    Rendered,
    Target,
    clean_text,
    relative_links,
    render,
    render_in_child,
    summary,
    wiki_links,
    wiki_links_in_child,
)
from core.mentions import Mentioned, name_people

HOME = {"Home": Target("/c/a/wiki/home")}
REL = 'rel="nofollow noopener noreferrer ugc"'


def html(source: str, targets: dict[str, Target] | None = None) -> str:
    return render(source, targets=targets).html.strip()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("a\\\nb", "<p>a<br>\nb</p>"),
        ("---", "<hr>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("```python x\n<b>\n```", '<pre><code class="language-python">&lt;b&gt;\n</code></pre>'),
        ("Term\n: Meaning", "<dl>\n<dt>Term</dt>\n<dd>Meaning</dd>\n</dl>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("[a](/b 'c')", '<p><a href="/b" title="c">a</a></p>'),
        ("[a](https://x.org)", f'<p><a href="https://x.org" {REL}>a</a></p>'),
        ("<me@x.org>", '<p><a href="mailto:me@x.org">me@x.org</a></p>'),
    ],
)
def test_the_usual_markup(source: str, expected: str) -> None:
    assert html(source) == expected


def test_tables_are_aligned_by_class() -> None:
    table = html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |")
    assert re.findall(r'<td class="([^"]+)">', table) == ["align-left", "align-center", "align-right"]
    assert "style" not in table


def test_task_lists_show_boxes_that_cannot_be_ticked() -> None:
    boxes = re.findall("<input[^>]*>", html("- [ ] a\n- [x] b"))
    assert len(boxes) == 2
    assert all('type="checkbox"' in box and "disabled" in box for box in boxes)
    assert ["checked" in box for box in boxes] == [False, True]


def test_footnotes_link_both_ways() -> None:
    page = html("a[^x]\n\n[^x]: b")
    assert 'href="#fn1" id="fnref1"' in page
    assert '<li id="fn1" class="footnote-item"><p>b <a href="#fnref1"' in page


def test_callouts_have_a_title_in_the_readers_language() -> None:
    source = "> [!WARNING]\n> mind the step"
    box = '<div class="callout callout-warning">\n<p class="callout-title">{}</p>\n<p>mind the step</p>\n</div>'
    assert html(source) == box.format("Warning")
    french = render(source, callouts={"warning": "Attention"})
    assert french.html.strip() == box.format("Attention")
    assert french.text == "mind the step"


@pytest.mark.parametrize("kind", CALLOUTS)
def test_every_kind_of_callout_is_known(kind: str) -> None:
    assert f'class="callout callout-{kind}"' in html(f"> [!{kind.upper()}]\n> a")


def test_headings_get_ids_that_cannot_meet_those_of_the_page() -> None:
    page = render("# Été à *Pau*\n\n## main\n\n## main\n\n### 🎉")
    assert page.toc == (
        Heading(1, "h-ete-a-pau", "Été à Pau"),
        Heading(2, "h-main", "main"),
        Heading(2, "h-main-2", "main"),
        Heading(3, "h-section", "🎉"),
    )
    assert re.findall('id="([^"]+)"', page.html) == [heading.id for heading in page.toc]


def test_links_to_headings_use_their_ids() -> None:
    assert html("[a](#Été)") == '<p><a href="#h-ete">a</a></p>'
    assert html("[a](#h-ete)") == '<p><a href="#h-ete">a</a></p>'
    assert html("[[#Été]]") == '<p><a class="wikilink" href="#h-ete">Été</a></p>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "see https://x.org/a_b_c.",
            f'<p>see <a href="https://x.org/a_b_c" {REL}>https://x.org/a_b_c</a>.</p>',
        ),
        ("(http://x.org/a_(b))", f'<p>(<a href="http://x.org/a_(b)" {REL}>http://x.org/a_(b)</a>)</p>'),
        ("me@x.org, you", '<p><a href="mailto:me@x.org">me@x.org</a>, you</p>'),
        ("mailto:me@x.org", '<p><a href="mailto:me@x.org">mailto:me@x.org</a></p>'),
        ("xhttps://x.org", "<p>xhttps://x.org</p>"),
        ("`https://x.org`", "<p><code>https://x.org</code></p>"),
        ("http:///x", "<p>http:///x</p>"),
        ("ftp://x.org a:b @ me@", "<p>ftp://x.org a:b @ me@</p>"),
        ("[https://x.org](/a)", '<p><a href="/a">https://x.org</a></p>'),
    ],
)
def test_bare_addresses_become_links(source: str, expected: str) -> None:
    assert html(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("[[Home]]", '<a class="wikilink" href="/c/a/wiki/home">Home</a>'),
        ("[[ Home | the *house* ]]", '<a class="wikilink" href="/c/a/wiki/home">the *house*</a>'),
        ("[[Home#Été|x]]", '<a class="wikilink" href="/c/a/wiki/home#h-ete">x</a>'),
        ("[[Home#Été]]", '<a class="wikilink" href="/c/a/wiki/home#h-ete">Home#Été</a>'),
        ("[[Unknown]]", '<span class="missing">Unknown</span>'),
        ("[[<b>|<i>]]", '<span class="missing">&lt;i&gt;</span>'),
        ("`[[Home]]`", "<code>[[Home]]</code>"),
        ("\\[[Home]]", "[[Home]]"),
        ("[[]] [[|a]] [[a]", "[[]] [[|a]] [[a]"),
    ],
)
def test_wiki_links(source: str, expected: str) -> None:
    assert html(source, HOME) == f"<p>{expected}</p>"


def test_a_missing_page_is_offered_for_creation() -> None:
    new = {"New": Target("/c/a/wiki/new?title=New", exists=False)}
    assert html("[[New]]", new) == '<p><a class="missing" href="/c/a/wiki/new?title=New">New</a></p>'


def test_the_title_of_a_target_is_a_tooltip() -> None:
    old = {"Old": Target("/c/a/wiki/x", title="New name")}
    assert html("[[Old]]", old) == '<p><a class="wikilink" href="/c/a/wiki/x" title="New name">Old</a></p>'


def test_a_wiki_link_with_a_label_fits_into_a_table() -> None:
    assert '<td><a class="wikilink" href="/c/a/wiki/home">x</a></td>' in html("|a|\n|-|\n|[[Home\\|x]]|", HOME)


def test_relative_links_and_images_resolve_to_their_targets() -> None:
    targets = {
        "guide/été.md": Target("/c/a/wiki/ete"),
        "new.md": Target("/c/a/wiki/new", exists=False),
        "a.png": Target("/c/a/files/1"),
    }
    assert (
        html("[a](guide/%C3%A9t%C3%A9.md#Part)", targets)
        == '<p><a href="/c/a/wiki/ete#h-part" class="wikilink">a</a></p>'
    )
    assert html("[a](new.md)", targets) == '<p><a href="/c/a/wiki/new" class="missing">a</a></p>'
    assert html("[a](other.md)", targets) == '<p><a href="other.md">a</a></p>'
    assert 'src="/c/a/files/1" alt="x"' in html("![x](a.png)", targets)


def test_links_are_listed_once_in_order_and_not_from_code() -> None:
    source = (
        "[[B]] [[A|x]] [[B#y]] `[[C]]` [a](x.md#y) [b](/abs) [c](https://x.org) ![d](img/%C3%A9.png)\n\n"
        "    [[D]] [a](no.md)\n\n```\n[[E]]\n```\n\n"
        "> - [[F]] [x](x.md)\n\n[r]: ref.md\n[r] [[^1]] [[#a]] [e](#f)"
    )
    assert wiki_links(source) == ("B", "A", "F")
    assert relative_links(source) == ("x.md", "img/é.png", "ref.md")


def test_remote_images_become_links() -> None:
    assert html("![a](https://x.org/a.png)") == f'<p><a href="https://x.org/a.png" {REL}>a</a></p>'
    assert html("[![a](https://x.org/a.png)](/b)") == '<p><a href="/b">a</a></p>'


def test_images_of_this_site_are_shown() -> None:
    image = html('![a *b*](/c/a/files/1 "t")')
    assert '<img src="/c/a/files/1" alt="a b" title="t"' in image
    assert 'loading="lazy"' in image


def test_the_plain_words_hold_no_markup() -> None:
    page = render("# A *b*\n\nc [[Home|d]] ![e](/f)\ng\n\n- h\n\n```\ni\n```\n\n|j|k|\n|-|-|\n|l|m|", targets=HOME)
    assert page.text == "A b\nc d e g\nh\ni\nj\nk\nl\nm"


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("a  b\nc", 200, "a b c"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one, two", 6, "one…"),
        ("abcdefghij", 5, "abcd…"),
        ("", 5, ""),
    ],
)
def test_a_summary_ends_at_a_word(text: str, length: int, expected: str) -> None:
    assert summary(text, length) == expected


@given(st.text(), st.integers(2, 40))
def test_a_summary_is_one_short_line(text: str, length: int) -> None:
    line = summary(text, length)
    assert len(line) <= length
    assert "\n" not in line


def test_text_is_cleaned() -> None:
    assert clean_text("e\u0301\r\nb\rc\x0bd\x07") == "é\nb\nc\nd"


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "\udfff"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        clean_text(text)
    with pytest.raises(Invalid):
        render(text)


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean_text(text)
    except Invalid:
        return
    assert clean_text(once) == once


def test_a_text_over_the_limit_is_refused() -> None:
    for source in ("a" * (MAX_SOURCE + 1), "é" * (MAX_SOURCE // 2 + 1)):
        with pytest.raises(Invalid, match="256 KiB"):
            render(source)
    assert render("a" * MAX_SOURCE).text == "a" * MAX_SOURCE


def test_a_reference_that_is_repeated_without_end_is_refused() -> None:
    with pytest.raises(Invalid, match="too complex"):
        render("[a]: /" + "x" * 1500 + "\n\n" + "[a] " * 20_000)
    with pytest.raises(Invalid, match="too complex"):
        render("[a]: /b '" + "x" * 50_000 + "'\n\n" + "[a] " * 20_000)


def test_deep_nesting_is_cut_off() -> None:
    assert render(">" * 5_000 + " a").html.count("<blockquote>") <= 60


async def _both(source: str) -> tuple[Rendered, tuple[str, ...]]:
    rendered = await render_in_child(source, targets=HOME, callouts={"note": "Remarque"})
    return rendered, await wiki_links_in_child(source)


@pytest.mark.parametrize("source", ["# a\n\n[[Home]]", "# a\n\n[[Home]]\n\n" + "some words\n\n" * 500])
def test_the_child_gives_the_same_answer(source: str) -> None:
    assert anyio.run(_both, source) == (render(source, targets=HOME), ("Home",))


@pytest.mark.parametrize("source", ["a" * (MAX_SOURCE + 1), "a\0", "a\0" + "b" * 10_000])
def test_the_child_hands_errors_on(source: str) -> None:
    with pytest.raises(Invalid):
        anyio.run(render_in_child, source)


def test_a_text_that_takes_too_long_is_refused_and_the_next_one_is_not() -> None:
    async def hostile_then_honest() -> str:
        with pytest.raises(Invalid, match="too complex"):
            await render_in_child("![[" * 80_000, timeout=0.2)
        return (await render_in_child("word " * 1_000)).text[:4]

    assert anyio.run(hostile_then_honest) == "word"


PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>@import 'https://evil.example'</style>",
    "<link rel=stylesheet href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=https://evil.example>",
    "<form action=https://evil.example><input name=password></form>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><x onclick=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](java&NewLine;script:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://x.org/1)",
    "[x](view-source:https://x.org)",
    "[x](//evil.example)",
    "[x](\\\\evil.example)",
    "[x](/\\evil.example)",
    "[x](/&#92;evil.example)",
    "[x](/&#9;/evil.example)",
    "[x](https:evil.example)",
    "[x](https:/\\evil.example)",
    "[x](https:///evil.example)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: //evil.example\n\n[x] ![x]",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](data:image/png;base64,AAAA)",
    "![x](//evil.example/a.png)",
    "![x](https://evil.example/a.png)",
    "![x](mailto:a@b.co)",
    '![x" onerror="alert(1)](/a.png)',
    "![x](/a.png '\" onerror=alert(1) x=\"')",
    "[x](/a '\" onmouseover=alert(1) x=\"')",
    '[x](/a"onmouseover=alert(1))',
    "[x](</a' onclick='alert(1)>)",
    '```"><img src=x onerror=alert(1)>\na\n```',
    "```x\" onclick=alert(1)\na\n```",
    "```btn btn-danger\na\n```",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "# <script>alert(1)</script>",
    '# x" onclick="alert(1)',
    "[[<script>alert(1)</script>]]",
    "[[Home|<img src=x onerror=alert(1)>]]",
    '[[Home#" onclick="alert(1)]]',
    "[[Evil]] [[Quote]] [[Slash]] [x](Evil) ![x](Evil) ![x](Slash)",
    "[^<script>]\n\n[^<script>]: <img src=x onerror=alert(1)>",
    "> [!NOTE]\n> <script>alert(1)</script>",
    "> [!<script>]\n> x",
    "| <script> | [x](javascript:alert(1)) |\n|--|--|\n| <img src=x onerror=alert(1)> | x |",
    "<script>\n: <img src=x onerror=alert(1)>",
    "- [x] <img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "https://evil.example/\"onmouseover=alert(1)",
    "https://evil.example/<script>alert(1)</script>",
    "javascript://x.org/%0aalert(1)",
    "a@b.co\"onclick=alert(1)",
    "<https://x.org/\"onclick=alert(1)>",
    "[a](https://x.org'onclick=alert(1))",
    "\u202e<script>alert(1)</script>",
    "\ufeff<script>alert(1)</script>",
]  # fmt: skip
TRAPS = {
    "Home": Target("/c/a/wiki/home", title='"><script>alert(1)</script>'),
    "Evil": Target("javascript:alert(1)"),
    "Slash": Target("//evil.example"),
    "Quote": Target('/a" onclick="alert(1)'),
}
TAGS = {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"}
TAGS |= {"ul", "ol", "li", "dl", "dt", "dd", "a", "img", "span", "sup", "div", "section", "input"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"href", "src", "alt", "title", "class", "id", "rel", "start", "type", "checked", "disabled"}
ATTRIBUTES |= {"loading", "decoding"}


class Browser(HTMLParser):
    """Reads the markup as a browser does, and notes whatever must not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.faults.append(tag)
        self.faults += [f"{tag} {name}" for name, _ in attrs if name not in ATTRIBUTES]
        given = {name: value or "" for name, value in attrs}
        if "href" in given and not is_harmless(given["href"]):
            self.faults.append(given["href"])
        if given.get("href", "").startswith("http") and "noopener" not in given.get("rel", ""):
            self.faults.append("no rel")
        if tag == "img" and (":" in given.get("src", "").split("/")[0] or not is_harmless(given.get("src", ""))):
            self.faults.append(given.get("src", "no src"))
        if "btn" in given.get("class", "").split():
            self.faults.append("foreign class")
        if not re.fullmatch(r"|h-[a-z0-9-]+|fn(ref)?[0-9:]+", given.get("id", "")):
            self.faults.append(given["id"])

    def handle_comment(self, data: str) -> None:
        self.faults.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.faults.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.faults.append("instruction")


def is_harmless(url: str) -> bool:
    as_browsers_read_it = re.sub(r"[\x00-\x20]", "", url).replace("\\", "/").lower()
    if as_browsers_read_it.startswith("//"):
        return False
    scheme = re.match(r"([^/?#:]*):", as_browsers_read_it)
    return scheme is None or bool(re.match(r"https?://[^/]|mailto:", as_browsers_read_it))


def faults(source: str) -> list[str]:
    browser = Browser()
    browser.feed(render(source, targets=TRAPS).html)
    browser.close()
    return browser.faults


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_text_runs(payload: str) -> None:
    assert faults(payload) == []
    assert faults(f"> 1. a {payload}\n\n{payload}\n\n| a |\n|--|\n| {payload} |") == []


def test_the_corpus_is_large_enough() -> None:
    assert len(set(PAYLOADS)) >= 60


MARKS = [
    *"[]()<>|#;:^*_@ \"'`\\\t\n",
    "![",
    "[[",
    "]]",
    "\n\n",
    "> ",
    "- ",
    "~~",
    "[^1]",
    "|-|",
    "&#",
    "//",
    "data:",
]
PIECES = st.sampled_from([*PAYLOADS, *MARKS, "javascript:", "https://x.org"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_no_mixture_of_pieces_runs(source: str) -> None:
    try:
        found = faults(source)
    except Invalid:
        return
    assert found == []


NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs"]), min_size=1, max_size=20).map(
    lambda name: " ".join(clean_text(name).split())
)


@given(
    st.lists(NAMES.filter(bool), max_size=5),
    st.sampled_from(["[[{}]]", "[[{}|x]]", "[[{}#y]]", "[[ {} #y|z]]"]),
)
def test_every_linked_name_is_found_and_resolved(names: list[str], form: str) -> None:
    source = "\n\n".join(form.format(name) for name in names)
    assert wiki_links(source) == tuple(dict.fromkeys(names))
    page = render(source, targets={name: Target("/x") for name in names})
    assert page.html.count('class="wikilink"') == len(names)
    assert render(source).html.count('<span class="missing">') == len(names)


@settings(deadline=None)
@given(st.lists(PIECES | NAMES.map("[[{}]]".format), max_size=10).map("".join))
def test_a_name_that_is_not_listed_is_not_linked(source: str) -> None:
    try:
        names = wiki_links(source)
    except Invalid:
        return
    page = render(source, targets={name: Target("/found") for name in names})
    assert 'class="missing"' not in page.html


@pytest.mark.parametrize(
    ("source", "handles"),
    [
        ("@max", ("max",)),
        ("Hello @jean-pierre-2, (@max) and **@Max**!", ("jean-pierre-2", "max")),
        ("_@max_ __@anne__ «@zoe» @max.", ("max", "anne", "zoe")),
        ("# For @max\n\n* @anne\n\n| @zoe |\n|---|\n| @bo |", ("max", "anne", "zoe", "bo")),
        ("`@max`\n\n    @max\n\n```\n@max\n```", ()),
        ("[@max](/x) [[@max]] ![@max](/a.png) <https://x.org/@max>", ()),
        ("a@max.org max@x, https://x.org/@max /@max @@max foo.@max x_@max é@max", ()),
        ("@hélène @max_foo @example.org @a@b @max/x \\@max @ @- @" + "a" * 41, ()),
    ],
)
def test_people_are_mentioned_by_their_handles(source: str, handles: tuple[str, ...]) -> None:
    rendered = render(source)

    assert rendered.mentions == handles
    assert {one.lower() for one in re.findall(r'<span class="mention">@([^<]+)</span>', rendered.html)} == set(handles)


def test_a_mention_is_stored_and_found_as_it_was_typed() -> None:
    rendered = render("Ask @Max-Member!")

    assert rendered.html.strip() == '<p>Ask <span class="mention">@Max-Member</span>!</p>'
    assert rendered.text == "Ask @Max-Member!"


async def test_naming_people_escapes_what_they_are_called() -> None:
    async def find(handles: Collection[str]) -> dict[str, Mentioned]:
        return {"max": Mentioned('<b>"Max"</b>', "/c/a/people/max?x=1&y=2")} if "max" in handles else {}

    shown = await name_people(render("@Max, @anne").html, find)

    link = '<a class="mention" href="/c/a/people/max?x=1&amp;y=2">@&lt;b&gt;&#34;Max&#34;&lt;/b&gt;</a>'
    assert shown.strip() == f'<p>{link}, <span class="mention">@anne</span></p>'
