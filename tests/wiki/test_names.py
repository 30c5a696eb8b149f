"""Names and links, for any text that people may type."""

import re
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from cercle import Invalid
from plugins.wiki.importers.rewriting import Found, Rewriter, split_code
from plugins.wiki.importers.sources import read_source
from plugins.wiki.names import canonical, file_markdown, slug_of
from plugins.wiki.services.files import free_name

TEXT = st.text(max_size=300)


@given(TEXT)
def test_a_slug_stands_for_itself(title: str) -> None:
    slug = slug_of(title)
    assert slug_of(slug) == slug
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug)
    assert len(slug) <= 85
    assert slug != "new"


@given(TEXT)
def test_every_address_has_a_name_that_can_exist(text: str) -> None:
    name = canonical(text)
    assert canonical(name) == name
    assert "\0" not in name


@given(st.text(min_size=1, max_size=100), st.sets(st.text(min_size=1, max_size=10)))
def test_a_free_name_is_free(name: str, taken: set[str]) -> None:
    assert free_name(name, taken) not in taken


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=60))
def test_the_markdown_of_a_file_is_one_line(name: str) -> None:
    assert "\n" not in file_markdown(name, shown=True)


@given(st.text(alphabet="`~\n [](ab)", max_size=200))
def test_pieces_of_a_text_are_the_text(body: str) -> None:
    assert "".join(piece for _, piece in split_code(body)) == body


@given(st.text(alphabet="[]()!|#`~<>\n ab./\\", max_size=200))
def test_a_text_without_known_targets_stays_as_it_is(body: str) -> None:
    def nothing(name: str) -> Found | None:
        return None

    rewriter = Rewriter("", by_path=nothing, by_name=nothing, file_name=lambda path, files: path, url=lambda slug: slug)
    made = rewriter.rewrite(body)
    if "<!--" not in body and "![[" not in body:
        assert made.body == body


@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_or_refused(raw: bytes) -> None:
    with suppress(Invalid, LookupError):
        assert read_source("a.md", raw.replace(b"\0", b"")).title
