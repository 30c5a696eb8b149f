"""The text inside files comes out; hostile files are refused, and cost a child process at most."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
from PIL import Image

from core import texts
from core.children import ChildFailed, run_child
from core.errors import Invalid, Unavailable
from core.texts import LARGEST_FILE, LONGEST_TEXT, text_kind, text_of
from tests.core.bare_site import bind_bare_site
from tests.core.documents import docx, odf, package, pdf, pptx, written, xlsx

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024
LETTERS = "<w:p><w:r><w:t>Dear</w:t><w:tab/><w:t>members</w:t></w:r></w:p>"
LAUGHS = '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.fixture(autouse=True)
async def site() -> None:
    bind_bare_site()


async def pieces(data: bytes, step: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


async def read(data: bytes, name: str) -> str:
    return await text_of(pieces(data), text_kind(name), size=len(data))


async def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Invalid) as refused:
        await read(data, name)
    return refused.value.message


def png() -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (300, 300)).save(kept, "PNG")
    return kept.getvalue()


async def test_the_text_of_every_page_of_a_pdf_comes_out_in_order() -> None:
    data = pdf(written("Procès-verbal", "of the Assembly"), written("Second page"))
    assert await read(data, "a.pdf") == "Procès-verbal of the Assembly\nSecond page"


async def test_words_that_are_broken_at_the_end_of_a_line_are_whole_again() -> None:
    assert await read(pdf(written("infor-", "mation in 2020-", "2021")), "a.PDF") == "information in 2020- 2021"


async def test_a_text_document_gives_its_paragraphs_notes_and_headers_and_nothing_deleted() -> None:
    deleted = "<w:p><w:del><w:r><w:delText>secret</w:delText></w:r></w:del><w:instrText>PAGE</w:instrText></w:p>"
    assert await read(docx(LETTERS + deleted), "a.docx") == "Dear members\nLetterhead"


async def test_slides_come_in_the_order_of_their_numbers() -> None:
    slides = [f"slide {number}" for number in range(1, 12)]
    assert await read(pptx(*slides), "a.pptx") == "\n".join(slides)


async def test_a_spreadsheet_gives_its_words_and_the_names_of_its_sheets() -> None:
    assert await read(xlsx(), "a.xlsx") == "Budget\nShared\nTyped\nMade"


@pytest.mark.parametrize("name", ["a.odt", "a.ods", "a.odp"])
async def test_a_document_of_openoffice_gives_its_text_and_nothing_deleted(name: str) -> None:
    body = (
        "<text:tracked-changes><text:p>secret</text:p></text:tracked-changes><text:h>A <text:span>bold</text:span> title"
        "</text:h><text:p>one<text:s/>two<text:line-break/>three</text:p>"
    )
    assert await read(odf(body), name) == "A bold title\none two three"


async def test_a_page_gives_what_a_browser_would_show() -> None:
    data = b"<title>T</title><script>secret()</script><p>caf&eacute; <b>cr</b>\xc3\xa8me</p><style>p{}</style><br>end"
    assert await read(data, "a.html") == "T\ncafé crème\nend"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
async def test_plain_text_is_understood_however_it_is_encoded(encoding: str) -> None:
    assert await read("Élève;œuvre\n\n  à   côté".encode(encoding), "a.csv") == "Élève;œuvre\nà côté"


async def test_nothing_comes_out_that_a_database_or_the_search_refuses() -> None:
    assert await read("one\x1etwo\x1f\ue000three\x01four".encode(), "a.txt") == "one\ntwo three four"


@pytest.mark.parametrize(
    ("name", "content_type", "kind"),
    [
        ("Report.PDF", "", "pdf"),
        ("notes.md", "application/octet-stream", "plain"),
        ("photo.jpg", "image/jpeg", ""),
        ("LICENSE", "text/plain", "plain"),
        ("LICENSE", "", ""),
        (".txt", "", ""),
        ("archive.zip", "application/zip", ""),
    ],
)
async def test_the_ending_says_how_a_text_is_read(name: str, content_type: str, kind: str) -> None:
    assert text_kind(name, content_type) == kind


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", b"not a pdf at all", "damaged"),
        ("a.pdf", pdf(written("half"))[:300], "damaged"),
        ("a.pdf", pdf(b""), "no text"),
        ("a.docx", png(), "not what its name says"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
        ("a.docx", package({"other.txt": "x"}), "no text"),
        ("a.docx", docx("<w:p><w:open>"), "damaged"),
        ("a.odt", package({"content.xml": f"{LAUGHS}<d>&b;</d>"}), "damaged"),
        ("a.txt", bytes(5000), "not what its name says"),
        ("a.txt", b"", "no text"),
        ("a.html", b"<script>x</script>", "no text"),
    ],
)
async def test_what_cannot_be_read_is_refused(name: str, data: bytes, words: str) -> None:
    assert words in await refusal(data, name)


async def test_entities_of_a_file_reach_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("very-secret")
    entity = f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{tmp_path / "secret"}">]>'
    assert "damaged" in await refusal(package({"content.xml": f"{entity}<d>&x;</d>"}), "a.odt")


async def test_a_zip_bomb_is_given_up_soon() -> None:
    started = monotonic()
    bomb = package({"word/document.xml": b"<a>" + b"x" * (400 * MIB)})
    spaces = package({"content.xml": b"<a>" + b" " * (200 * MIB) + b"</a>"})
    made = monotonic()
    assert [await refusal(bomb, "a.docx"), await refusal(spaces, "a.odt")] == [
        "This file is too large for its text to be read.",
        "This file is too large for its text to be read.",
    ]
    assert monotonic() - made < 10 + (made - started)


async def test_many_entries_and_deep_nesting_are_given_up() -> None:
    assert "too large" in await refusal(package({f"{n}.xml": "" for n in range(10_001)}), "a.docx")
    deep = "<text:p>" * 100_000 + "</text:p>" * 100_000
    assert await refusal(odf(deep), "a.odt") != ""


async def test_a_pdf_without_end_costs_its_time_and_keeps_what_came_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "CPU_SECONDS", 2)
    endless = b"BT /F1 9 Tf " + b"(a) Tj 1 0 Td " * 3_000_000 + b"ET"
    assert await read(pdf(written("Before"), endless), "a.pdf") == "Before"
    assert "too long" in await refusal(pdf(endless), "a.pdf")


async def test_a_pdf_whose_pages_hold_themselves_is_refused() -> None:
    circle = pdf(written("x")).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    assert await refusal(circle, "a.pdf") != ""


async def test_of_an_endless_text_only_the_beginning_is_read() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200 * MIB:
            sent += 64 * 1024
            yield b"words without end\n" * 3640 + bytes(16)

    found = await text_of(endless(), "plain", size=200 * MIB)
    assert (len(found), found[:17]) == (LONGEST_TEXT - 1, "words without end")
    assert sent < 16 * MIB


async def test_other_files_that_are_too_large_are_not_even_opened() -> None:
    with pytest.raises(Invalid, match="too large"):
        await text_of(pieces(b"%PDF"), "pdf", size=LARGEST_FILE + 1)


async def test_a_storage_that_stalls_is_not_the_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"%PDF"
        await asyncio.Event().wait()

    monkeypatch.setattr(texts, "SECONDS", 0.2)
    with pytest.raises(Unavailable):
        await text_of(stalling(), "pdf", size=10)


async def test_a_child_that_answers_too_much_is_not_believed() -> None:
    assert b"Zen" in await run_child("this", pieces(b""), {}, seconds=20)
    with pytest.raises(ChildFailed, match="broken"):
        await run_child("this", pieces(b""), {}, seconds=20, most=100)


async def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report, spy = tmp_path / "report", tmp_path / "python"
    spy.write_text(f'#!/bin/sh\n/usr/bin/env > {report}\nexec {sys.executable} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("CERCLE_SECRET_KEY", "very-secret")
    monkeypatch.setattr(sys, "executable", str(spy))
    await read(b"hello", "a.txt")
    names = {line.split("=")[0] for line in report.read_text().splitlines()}
    assert names <= {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}
