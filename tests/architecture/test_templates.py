"""Templates compile, let nothing through unescaped, and hold no script or style of their own."""

import re

from core.app import Cercle
from tests.architecture.source import ROOT, name_of, templates

FORBIDDEN = {
    "holds a style": re.compile(r"<style\b|[\s\"']style\s*=", re.IGNORECASE),
    "holds a script": re.compile(r"<script\b(?![^>]*\bsrc=)|javascript:", re.IGNORECASE),
    "holds a handler": re.compile(r"<[a-z][^>]*[\s\"']on[a-z]+\s*=", re.IGNORECASE),
    "loads from elsewhere": re.compile(r"<(script|link|img|iframe)\b[^>]*(src|href)\s*=\s*[\"']?(https?:)?//"),
}
STORED = re.compile(r"([\w.\[\]()]+)\s*\|\s*stored_html")
TRANSLATED = re.compile(r"(?<![\w.])(?:_|gettext|ngettext)\((?!\s*[\"'])([^)]*)\)")
OF_THE_CODE = re.compile(r"(^|\.)(part\.(title|summary)|(permission|channel|kind|slot|field|choices_page)\.label)$")
"""What a part declares of itself."""
LOGIC = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
TRUST = re.compile(r"\|\s*safe\b|autoescape\s+false|Markup\(")
DATA_ISLAND = re.compile(r"<script type=\"application/json\"")

EXEMPT: dict[tuple[str, str], str] = {
    ("core/accounts/templates/export/_style.html", "holds a style"): "a page in an archive is opened without the site",
}


def test_every_template_compiles(site: Cercle) -> None:
    for name in _addresses(site):
        site.pages.environment.get_template(name)


def test_templates_hold_nothing_that_runs() -> None:
    found = {
        (name_of(path), fault)
        for path in templates()
        for fault, pattern in FORBIDDEN.items()
        if pattern.search(DATA_ISLAND.sub("<data", LOGIC.sub("", path.read_text(encoding="utf-8"))))
    }
    assert found == set(EXEMPT)


def test_templates_trust_no_text() -> None:
    pages = [path for path in templates() if path.suffix != ".txt"]  # a letter in plain text needs no escaping
    trusting = [name_of(path) for path in pages if TRUST.search(path.read_text(encoding="utf-8"))]
    assert trusting == []


def test_only_texts_of_the_code_are_translated() -> None:
    """Gettext in a template marks its text as safe, so a name that came from a person must never be one."""
    found = [
        (name_of(path), match)
        for path in templates()
        for match in TRANSLATED.findall(path.read_text(encoding="utf-8"))
        if path.suffix != ".txt" and not OF_THE_CODE.search(match)
    ]
    assert found == []


def test_only_columns_of_stored_html_are_shown_as_html() -> None:
    shown = [
        (name_of(path), match)
        for path in templates()
        for match in STORED.findall(path.read_text(encoding="utf-8"))
        if not match.endswith("html")
    ]
    assert shown == []


def _addresses(site: Cercle) -> list[str]:
    """Every template by the name under which it is found."""
    folders = {loaded.folder / "templates": f"{loaded.name}/" for loaded in site.parts}
    folders[ROOT / "core" / "templates"] = ""
    found = [
        prefix + path.relative_to(folder).as_posix()
        for folder, prefix in folders.items()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return [name for name in found if not name.startswith("core/")]
