"""What `cercle` offers is there, is documented, and nothing else can be taken by a star import."""

import inspect

import cercle

KNOWN_BY_THEIR_SOURCE = {
    "Line": "an annotated type; its docstring stands below it in core/forms.py",
    "Text": "an annotated type; its docstring stands below it in core/forms.py",
    "hookimpl": "a marker that pluggy makes",
}


def test_every_public_name_is_there_once() -> None:
    assert len(set(cercle.__all__)) == len(cercle.__all__)
    assert [name for name in cercle.__all__ if not hasattr(cercle, name)] == []


def test_every_public_name_is_documented() -> None:
    silent = [name for name in cercle.__all__ if name not in KNOWN_BY_THEIR_SOURCE and not _documented(name)]
    assert silent == []


def test_public_names_are_sorted() -> None:
    def as_ruff_does(name: str) -> tuple[int, str]:
        return 0 if name.isupper() else 1 if name[0].isupper() else 2, name

    assert list(cercle.__all__) == sorted(cercle.__all__, key=as_ruff_does)


def _documented(name: str) -> bool:
    value = getattr(cercle, name)
    written = getattr(value, "__doc__", None) or ""
    if inspect.isclass(value) and written.startswith(f"{value.__name__}("):
        return False  # what dataclass writes when nobody did
    return bool(written.strip())
