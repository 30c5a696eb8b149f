"""Languages: catalogues of the parts, the language of a request, and dates and numbers as that language writes them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, dates, numbers
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from core import current

logger = logging.getLogger("cercle.i18n")

LANGUAGES = {"en": "English", "fr": "Français"}
_SOURCE = NullTranslations()
_locale: ContextVar[str] = ContextVar("cercle_locale", default="en")
_zone: ContextVar[str] = ContextVar("cercle_zone", default="UTC")
_GRAINS = ((86_400, 3_600), (3_600, 60), (60, 10), (0, 1))  # from an age of so many seconds on, so many do not matter
_UNITS = (("KiB", 1024), ("MiB", 1024**2), ("GiB", 1024**3), ("TiB", 1024**4))


class Catalogues:
    """The translations of all parts, one merged catalogue per language.

    Args:
        folders: the `locale/` folders of the parts, in their order; an earlier one wins.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        known = [folder for folder in folders if folder.is_dir()]
        self._by_language = {language: _merged(known, language) for language in LANGUAGES}

    def get(self, language: str) -> NullTranslations:
        """The catalogue of a language; English source texts when there is none."""
        return self._by_language.get(language) or self._by_language["en"]


def N_(text: str) -> str:  # noqa: N802 - the name that gettext tools extract by
    """Mark a text for translation that is translated later, when it is shown."""
    return text


def gettext(text: str, **values: object) -> str:
    """The text in the language at hand, with `%(name)s` filled in."""
    found = _catalogue().gettext(text) if text else ""
    return found % values if values else found


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The right plural form in the language at hand; `%(num)s` and `%(count)s` are the count."""
    found = _catalogue().ngettext(one, many, count)
    return found % {"num": number(count), "count": number(count), **values}


_ = gettext


def language() -> str:
    """The language at hand."""
    return _locale.get()


def use(language: str, zone: str = "UTC") -> None:
    """Set language and time zone of the running task."""
    _locale.set(language if language in LANGUAGES else "en")
    _zone.set(zone)


@contextmanager
def speaking(language: str, zone: str = "UTC") -> Iterator[None]:
    """Use another language for a while, as for a mail to somebody else."""
    tokens = _locale.set(language if language in LANGUAGES else "en"), _zone.set(zone)
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])


@lru_cache(maxsize=256)
def negotiate(header: str, default: str) -> str:
    """The language for an `Accept-Language` header (RFC 9110, 12.5.4)."""
    wanted = sorted((_weighted(item) for item in header.split(",")[:20] if item.strip()), key=lambda pair: -pair[1])
    found = negotiate_locale([tag.replace("-", "_") for tag, weight in wanted if weight > 0], list(LANGUAGES), sep="_")
    return (found or default)[:2]


def short_date(value: date | datetime) -> str:
    """`12 Nov 2026`, in the member's zone."""
    return dates.format_date(_local(value), "medium", locale=_babel())


def long_datetime(value: datetime) -> str:
    """`12 November 2026 at 14:05`, in the member's zone."""
    local = value.astimezone(ZoneInfo(_zone.get()))
    day, time = dates.format_date(local, "long", locale=_babel()), dates.format_time(local, "short", locale=_babel())
    return f"{day}, {time}"


def ago(value: datetime) -> str:
    """`3 hours ago`."""
    seconds = round((value - datetime.now(UTC)).total_seconds())
    grain = next(grain for least, grain in _GRAINS if abs(seconds) >= least)
    return _ago(seconds // grain * grain, _locale.get())


def number(value: float) -> str:
    """`1,234.5` as the language writes it."""
    return numbers.format_decimal(value, locale=_babel())


def filesize(size: int) -> str:
    """`1.2 MB`, in powers of 1024, as the language writes it."""
    symbols = {"KiB": "Ko", "MiB": "Mo", "GiB": "Go", "TiB": "To"} if language() == "fr" else {}
    for unit, factor in reversed(_UNITS):
        if size >= factor:
            shown = numbers.format_decimal(round(size / factor, 1), locale=_babel())
            return f"{shown} {symbols.get(unit, unit.replace('i', ''))}"
    return ngettext("%(num)s byte", "%(num)s bytes", size)


def zone_exists(name: str) -> bool:
    """Whether this is a known IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@lru_cache(maxsize=4096)
def _ago(seconds: int, language: str) -> str:
    return dates.format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=_babel())


def _catalogue() -> NullTranslations:
    """That of the language at hand; the source texts where no application is at work, as in a child process."""
    try:
        return current.app().catalogues.get(_locale.get())
    except LookupError:
        return _SOURCE


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(ZoneInfo(_zone.get())) if isinstance(value, datetime) else value


def _babel() -> Locale:
    return _parsed({"en": "en_GB"}.get(_locale.get(), _locale.get()))


@lru_cache(maxsize=8)
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


def _weighted(item: str) -> tuple[str, float]:
    tag, _, quality = item.strip().partition(";q=")
    try:
        return tag.strip(), float(quality or 1)
    except ValueError:
        return tag.strip(), 0.0


def _merged(folders: list[Path], language: str) -> NullTranslations:
    paths = [folder / language / "LC_MESSAGES" / "messages.po" for folder in reversed(folders)]
    found = [compiled for path in paths if path.is_file() and (compiled := _compiled(path, path.stat().st_mtime_ns))]
    if not found:
        return NullTranslations()
    merged = Translations(io.BytesIO(found[0]))
    for compiled in found[1:]:
        merged.merge(Translations(io.BytesIO(compiled)))
    return merged


@lru_cache(maxsize=256)
def _compiled(path: Path, changed: int) -> bytes | None:
    """The catalogue in the form that gettext loads; None, and a line in the log, when it is broken."""
    compiled = io.BytesIO()
    try:
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=path.parts[-3], abort_invalid=True))
    except Exception:
        logger.exception("The catalogue %s cannot be read", path)
        return None
    return compiled.getvalue()
