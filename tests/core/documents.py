"""Documents of every kind of which the text is read, made by hand."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_O = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'


def package(entries: Mapping[str, str | bytes]) -> bytes:
    """A zip archive."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return kept.getvalue()


def docx(body: str) -> bytes:
    """A text document of Microsoft's kind around these paragraphs, with a header."""
    header = f"<w:hdr {_W}><w:p><w:r><w:t>Letterhead</w:t></w:r></w:p></w:hdr>"
    return package({"word/document.xml": f"<w:document {_W}>{body}</w:document>", "word/header1.xml": header})


def pptx(*slides: str) -> bytes:
    """A presentation with one text for each slide, the last one written first."""
    texts = {
        f"ppt/slides/slide{number}.xml": f"<p {_A}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p>"
        for number, text in enumerate(slides, 1)
    }
    return package(dict(reversed(texts.items())))


def xlsx() -> bytes:
    """A spreadsheet with the sheet Budget, a shared word, one typed into its cell, one that a formula makes, and a number."""
    cells = (
        '<c t="s"><v>0</v></c><c t="inlineStr"><is><t>Typed</t></is></c><c t="str"><v>Made</v></c><c><v>4711</v></c>'
    )
    return package(
        {
            "xl/workbook.xml": f'<workbook {_S}><sheets><sheet name="Budget"/></sheets></workbook>',
            "xl/sharedStrings.xml": f"<sst {_S}><si><r><t>Shar</t></r><r><t>ed</t></r></si></sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet {_S}><sheetData><row>{cells}</row></sheetData></worksheet>",
        }
    )


def odf(body: str) -> bytes:
    """A document of OpenDocument's kind around this."""
    return package({"content.xml": f"<office:document-content {_O}>{body}</office:document-content>"})


def pdf(*pages: bytes) -> bytes:
    """A PDF with one stream of drawing commands for each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        stream = zlib.compress(page)
        head = f"<< /Length {len(stream)} /Filter /FlateDecode >>".encode()
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(head + b"\nstream\n" + stream + b"\nendstream")
    return _numbered(objects)


def written(*lines: str) -> bytes:
    """Drawing commands that write these lines."""
    return (
        b"BT /F1 12 Tf 50 800 Td "
        + b" ".join(b"(" + line.encode("cp1252") + b") Tj 0 -15 Td" for line in lines)
        + b" ET"
    )


def _numbered(objects: list[bytes]) -> bytes:
    made, places = bytearray(b"%PDF-1.5\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)
