"""A theme of somebody else is looked at before anybody wears it: each fault with its file, its line and the mend."""

from pathlib import Path

import pytest

from core.cli.themes import write_theme
from core.errors import Invalid, SettingsError
from core.parts import load_parts
from core.themes import BUNDLED, read_theme
from core.themes.check import check_theme

PARTS = {loaded.name: loaded.folder for loaded in load_parts(third_party=False) if loaded.name != "core"}
RULE = "@layer theme {\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A theme that is sound, to be broken."""
    return write_theme("atelier", tmp_path)


@pytest.mark.parametrize("name", ["default", "ardoise"])
def test_our_own_themes_are_sound(name: str) -> None:
    assert [str(fault) for fault in check_theme(read_theme(BUNDLED / name), PARTS)] == []


def test_a_new_theme_is_sound(folder: Path) -> None:
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'title = "Atelier"\nsummary = "One',
            'summary = "One',
            'theme.toml:1: title is missing; write it as title = "…"',
        ),
        ('version = "0.1"', "version = 1", 'theme.toml:5: version must be a text in quotation marks: version = "…"'),
        (
            'name = "atelier"',
            'name = "workshop"',
            "theme.toml:2: name is 'workshop', but the folder is 'atelier'; both must be the same",
        ),
        (
            '"tokens.css", "theme.css"',
            '"tokens.css", "themes.css"',
            "theme.toml:6: stylesheets: there is no static/themes.css; did you mean 'theme.css'?",
        ),
        (
            '"tokens.css", ',
            '"../tokens.css", "tokens.css", ',
            "theme.toml:6: stylesheets: '../tokens.css' is not the name of a .css file below static/",
        ),
        ('version = "0.1"', 'version = "0.1"\nautor = "me"', "theme.toml:6: nobody reads 'autor'; take it out"),
        (
            'version = "0.1"',
            'version = "0.1"\nstylesheet = "x"',
            "theme.toml:6: nobody reads 'stylesheet'; did you mean 'stylesheets'?",
        ),
        ('[fr]\ntitle = "Atelier"', "[fr]", 'theme.toml:8: [fr] title is missing; write it as title = "…"'),
    ],
)
def test_the_manifest_says_what_it_must(folder: Path, old: str, new: str, expected: str) -> None:
    change(folder / "theme.toml", old, new)
    assert expected in faults(folder)


def test_a_manifest_that_cannot_be_read_is_told_as_such(folder: Path) -> None:
    (folder / "theme.toml").write_text("name = atelier\n")
    with pytest.raises(SettingsError, match=r"theme\.toml: Invalid value"):
        read_theme(folder)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "--ink-soft: light-dark(oklch(0.43",
            "--inksoft: light-dark(oklch(0.43",
            "--ink-soft is not defined; every theme does (docs/themes.md says what it is for)",
        ),
        (
            "--ink-soft: light-dark(oklch(0.43",
            "--inksoft: light-dark(oklch(0.43",
            "there is no token --inksoft; did you mean --ink-soft?; a token of your own begins with --atelier-",
        ),
        (
            "--ink: light-dark(oklch(0.27 ",
            "--ink: light-dark(oklch(0.6 ",
            "--ink on --paper by day has a contrast of 3.69; it needs 4.5: make it darker",
        ),
        (
            "--focus: light-dark(oklch(0.5 0.16 255), oklch(0.78 0.12 240))",
            "--focus: light-dark(oklch(0.5 0.16 255), oklch(0.4 0.02 240))",
            "--focus on --paper by night has a contrast of 1.91; it needs 3.0: make it lighter",
        ),
        (
            "--mark: light-dark(oklch(0.92 0.09 92)",
            "--mark: light-dark(oklch(0.92 0.3 92)",
            "--mark by day is outside of what screens show (sRGB); at its lightness and hue the chroma may be 0.111",
        ),
        (
            "--veil: light-dark(oklch(0.3 0.02 60 / 0.35)",
            "--veil: light-dark(blurple",
            (
                "--veil: light-dark(blurple, oklch(0.1 0.01 250 / 0.6)) is not a colour that can be measured; "
                "write oklch(…), rgb(…) or #…"
            ),
        ),
        (
            "--surface: light-dark(oklch(0.995 0.003 84)",
            "--surface: light-dark(oklch(0.6 0.003 84)",
            "--accent-text on --surface by day in the accent moss has a contrast of 1.66; it needs 4.5: make it darker",
        ),
    ],
)
def test_tokens_are_all_there_and_can_be_read(folder: Path, old: str, new: str, expected: str) -> None:
    change(folder / "static" / "tokens.css", old, new)
    assert expected in [fault.partition(": ")[2] for fault in faults(folder)]


def test_a_fault_names_the_line_of_the_token(folder: Path) -> None:
    sheet = folder / "static" / "tokens.css"
    change(sheet, "--ink: light-dark(oklch(0.27 ", "--ink: light-dark(oklch(0.6 ")
    line = next(at for at, text in enumerate(sheet.read_text().splitlines(), 1) if "--ink:" in text)
    assert {fault.split(":")[0:2][1] for fault in faults(folder)} == {str(line)}


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        (".card { color: red; }", "theme.css:1: .card stands outside of `@layer theme { … }`; move it in"),
        (
            '@import "other.css";',
            "theme.css:1: @import is not allowed; name the file in the list `stylesheets` of theme.toml",
        ),
        (
            RULE + ".card { background: url(https://elsewhere.example/a.png); } }",
            "theme.css:2: https://elsewhere.example/a.png is not part of the theme; put the file into static/",
        ),
        (
            RULE + ".card { background: url('//elsewhere.example/a.png'); } }",
            "theme.css:2: //elsewhere.example/a.png is not part of the theme; put the file into static/",
        ),
        (
            RULE + '.card { background: image-set("https://elsewhere.example/a.png" 1x); } }',
            "theme.css:2: https://elsewhere.example/a.png is not part of the theme; put the file into static/",
        ),
        (RULE + ".card { background: url(missing.svg); } }", "theme.css:2: missing.svg is not there"),
        (
            '@font-face { font-family: X; src: url("data:font/woff2;base64,AA") }',
            "theme.css:1: data:font/woff2;base64,AA is not part of the theme; put the file into static/",
        ),
        (
            RULE + '[data-accent="tael"] { --accent-hue: 3; } }',
            "theme.css:2: there is no accent 'tael'; did you mean teal?",
        ),
        (
            RULE + ".card { color: var(--ink-sft); } }",
            "theme.css:2: var(--ink-sft) stands for nothing; did you mean --ink-soft?",
        ),
        (
            RULE + ".card { color } }",
            "theme.css:2: cannot be read as CSS: EOF reached before {} block for a qualified rule.",
        ),
    ],
)
def test_style_sheets_keep_to_their_layer_and_to_themselves(folder: Path, css: str, expected: str) -> None:
    (folder / "static" / "theme.css").write_text(css)
    assert faults(folder) == [expected]


def test_a_theme_may_have_tokens_and_fonts_of_its_own(folder: Path) -> None:
    (folder / "static" / "own.woff2").write_bytes(b"wOF2")
    (folder / "static" / "theme.css").write_text(
        '@font-face { font-family: "Own"; src: url("own.woff2") format("woff2"); }\n'
        "@layer theme { :root { --atelier-rope: #333; }\n"
        ".card { --edge: 1px; border-width: var(--edge); color: var(--atelier-rope); } }"
    )
    assert faults(folder) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("hooks.py", "hooks.py:1: a theme holds no Python file; take it out"),
        ("static/app.js", "app.js:1: a theme holds no script file; take it out"),
        ("templates/run.py", "run.py:1: a theme holds no Python file; take it out"),
        ("lib/notes.css", "notes.css:1: a theme has the folders static/ and templates/; lib/ is not read"),
    ],
)
def test_a_theme_holds_nothing_that_runs(folder: Path, path: str, expected: str) -> None:
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_text("")
    assert expected in faults(folder)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "layot.html",
            "x",
            "layot.html:1: replaces nothing: there is no template 'layot.html'; did you mean 'layout.html'?",
        ),
        (
            "layout.html",
            "<main></main>",
            (
                "layout.html:1: pages fill the block 'content', which is missing; "
                'or begin with {% extends "default:layout.html" %}'
            ),
        ),
        (
            "layout.html",
            '{% extends "default:layout.html" %}\n{% block contnt %}{% endblock %}',
            "layout.html:2: 'default:layout.html' has no block 'contnt'; did you mean 'content'?",
        ),
        (
            "layout.html",
            '{% extends "default:layot.html" %}',
            "layout.html:1: there is no template 'default:layot.html'",
        ),
        (
            "_logo.html",
            '{% include "_lgo.html" %}',
            "_logo.html:1: there is no template '_lgo.html'; did you mean '_logo.html'?",
        ),
        (
            "_logo.html",
            "{% if %}",
            "_logo.html:1: is no template: Expected an expression, got 'end of statement block'",
        ),
        ("_logo.html", "\n{{ site_name|loud }}", "_logo.html:2: is no template: No filter named 'loud'."),
        (
            "_logo.html",
            "{{ request.app.settings.secret_key }}",
            "_logo.html:1: .app reaches into the engine, where a theme has no business",
        ),
        (
            "_logo.html",
            "{{ site_name.__class__ }}",
            "_logo.html:1: .__class__ reaches into the engine, where a theme has no business",
        ),
        ("_logo.html", "{{ site_name|safe }}", "_logo.html:1: |safe lets text through unescaped"),
        ("_logo.html", "\n<script>x</script>", "_logo.html:2: holds a script; a theme has none"),
        ("_logo.html", '<p onclick="x">', "_logo.html:1: holds a handler of events; a theme has no script"),
        (
            "_logo.html",
            '<p style="color: red">',
            "_logo.html:1: holds a style of its own; browsers refuse it: write it into static/theme.css",
        ),
        (
            "_logo.html",
            '<img src="https://elsewhere.example/a.png">',
            "_logo.html:1: loads something from elsewhere; put the file into static/",
        ),
        (
            "_ui_basics.html",
            "{% macro icon(name) %}{% endmacro %}",
            "_ui_basics.html:1: other templates import 'avatar' from here, which is missing",
        ),
        (
            "wiki/pages/shw.html",
            "x",
            "shw.html:1: replaces nothing: there is no template 'wiki/pages/shw.html'; did you mean 'wiki/pages/show.html'?",
        ),
    ],
)
def test_templates_replace_what_is_there_and_keep_what_pages_need(
    folder: Path, name: str, text: str, expected: str
) -> None:
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    found = faults(folder)
    assert any(fault.startswith(expected) for fault in found), found


def test_a_theme_may_replace_extend_and_add_templates(folder: Path) -> None:
    (folder / "templates").mkdir()
    (folder / "templates" / "layout.html").write_text(
        '{% extends "default:layout.html" %}{% block head %}{% include "_atelier.html" %}{% endblock %}'
    )
    (folder / "templates" / "_atelier.html").write_text("<meta name=atelier>")
    (folder / "templates" / "_fonts.html").write_text("")
    assert faults(folder) == []


def test_a_theme_is_not_named_like_one_of_ours(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="not one of ours"):
        write_theme("default", tmp_path)
    write_theme("atelier", tmp_path).rename(tmp_path / "ardoise")
    assert "theme.toml:2: a theme named 'ardoise' comes with Cercle; choose another name for the folder" in faults(
        tmp_path / "ardoise"
    )


def faults(folder: Path) -> list[str]:
    """What is said about the theme in a folder, each beginning with the name of its file."""
    return [f"{fault.path.name}:{fault.line}: {fault.text}" for fault in check_theme(read_theme(folder), PARTS)]


def change(path: Path, old: str, new: str) -> None:
    """Write something else in a file, where the old text stands once."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
