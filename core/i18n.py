"""Languages: catalogues of the parts, the language of a request, and dates and numbers as that language writes them.

The site speaks English, and every language for which the engine has a catalogue (`core/locale/<language>/`); see
`docs/languages.md`. A language is named as Babel does: `fr`, `pt_BR`.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError, dates, lists, numbers, units
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from core import current
from core.collation import sort_key

logger = logging.getLogger("cercle.i18n")

_AS_WRITTEN_IN = {"en": "en_GB"}  # the day before the month
_FIRST = {"fr": ("1 ", "1er ")}  # how the first of a month is written, which CLDR does not know


def find_languages(folder: Path) -> dict[str, str]:
    """The languages of the catalogues in a `locale/` folder, and English: what each calls itself, in order of these names."""
    found = {path.parts[-3] for path in folder.glob("*/LC_MESSAGES/messages.po")}
    named = {code: name for code in {"en", *found} if (name := _own_name(code))}
    return dict(sorted(named.items(), key=lambda pair: sort_key(pair[1])))


def _own_name(code: str) -> str:
    try:
        name = str(Locale.parse(code).get_display_name(code))
    except (ValueError, UnknownLocaleError):
        logger.error("There is no language %r; its catalogue is not used", code)
        return ""
    return name[:1].upper() + name[1:]


LANGUAGES = find_languages(Path(__file__).parent / "locale")
"""What each language that is spoken here calls itself, by its name for programs."""

_SOURCE = NullTranslations()
_locale: ContextVar[str] = ContextVar("cercle_locale", default="en")
_zone: ContextVar[str] = ContextVar("cercle_zone", default="UTC")
_GRAINS = ((86_400, 3_600), (3_600, 60), (60, 10), (0, 1))  # from an age of so many seconds on, so many do not matter
_UNITS = (("kilobyte", 1024), ("megabyte", 1024**2), ("gigabyte", 1024**3), ("terabyte", 1024**4))


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


def plural(one: str, many: str, count: int) -> str:
    """The right plural form with its count filled in and other `%(names)s` left, for templates, which fill in those."""
    counted = number(count)
    return _catalogue().ngettext(one, many, count).replace("%(num)s", counted).replace("%(count)s", counted)


_ = gettext


def language() -> str:
    """The language at hand."""
    return _locale.get()


def language_tag() -> str:
    """The language at hand as browsers name it (BCP 47)."""
    return _locale.get().replace("_", "-")


def direction() -> str:
    """`ltr` or `rtl`: the way in which the language at hand is written."""
    return _babel().text_direction


def use(language: str, zone: str = "UTC") -> None:
    """Set language and time zone of the running task."""
    _locale.set(language if language in LANGUAGES else "en")
    _zone.set(zone)


@contextmanager
def speaking(language: str, zone: str | None = None) -> Iterator[None]:
    """Use another language for a while, as for a mail to somebody else; the time zone stays unless one is given."""
    tokens = _locale.set(language if language in LANGUAGES else "en"), _zone.set(zone or _zone.get())
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])


@lru_cache(maxsize=256)
def negotiate(header: str, default: str) -> str:
    """The language for an `Accept-Language` header (RFC 9110, 12.5.4)."""
    wanted = sorted((_weighted(item) for item in header.split(",")[:20] if item.strip()), key=lambda pair: -pair[1])
    tags = [tag.replace("-", "_") for tag, weight in wanted if weight > 0]
    found = negotiate_locale(tags, list(LANGUAGES), sep="_")
    return next((code for code in LANGUAGES if found and code.lower() == found.lower()), default)


def short_date(value: date | datetime) -> str:
    """`12 Nov 2026`, in the member's zone."""
    return _date(_local(value), "medium")


def day_label(value: datetime) -> str:
    """`Today`, `Yesterday`, `Thursday 12 November`, or `12 Nov 2025` for another year; in the member's zone."""
    zone = ZoneInfo(_zone.get())
    day, today = value.astimezone(zone).date(), datetime.now(zone).date()
    if day == today:
        return gettext("Today")
    if day == today - timedelta(days=1):
        return gettext("Yesterday")
    if day.year != today.year:
        return short_date(day)
    shown = dates.format_date(day, "EEEE d MMMM", locale=_babel())
    return shown[:1].upper() + shown[1:]


def long_datetime(value: datetime) -> str:
    """`12 November 2026 at 14:05`, in the member's zone."""
    local = value.astimezone(ZoneInfo(_zone.get()))
    return f"{_date(local, 'long')}, {dates.format_time(local, 'short', locale=_babel())}"


def clock(value: datetime) -> str:
    """`14:05`, in the member's zone."""
    return dates.format_time(value.astimezone(ZoneInfo(_zone.get())), "short", locale=_babel())


def time_span(starts: datetime, ends: datetime | None = None) -> str:
    """`Thursday 12 November 2026, 14:05 – 16:00`, in the member's zone; with the day of the end where that is another.

    Args:
        starts: with a time zone.
        ends: None when nobody says.
    """
    zone = ZoneInfo(_zone.get())
    start, end = starts.astimezone(zone), ends.astimezone(zone) if ends else None
    shown = _on_weekday(start)
    shown = f"{shown[:1].upper()}{shown[1:]}"
    if end is None:
        return shown
    return f"{shown} – {clock(end) if end.date() == start.date() else _on_weekday(end)}"


def month_label(value: datetime) -> str:
    """`November 2026`, in the member's zone."""
    shown = dates.format_date(_local(value), "LLLL y", locale=_babel())
    return shown[:1].upper() + shown[1:]


def ago(value: datetime) -> str:
    """`3 hours ago`; what is just done was a second ago, and not "in 0 seconds"."""
    seconds = round((value - datetime.now(UTC)).total_seconds()) or -1
    grain = next(grain for least, grain in _GRAINS if abs(seconds) >= least)
    return _ago(seconds // grain * grain, _locale.get())


def number(value: float) -> str:
    """`1,234.5` as the language writes it."""
    return numbers.format_decimal(value, locale=_babel())


def filesize(size: int) -> str:
    """`1.2 MB`, in powers of 1024, as the language writes it."""
    for unit, factor in reversed(_UNITS):
        if size >= factor:
            return units.format_unit(
                size / factor, f"digital-{unit}", length="short", format="#,##0.#", locale=_babel()
            )
    return ngettext("%(num)s byte", "%(num)s bytes", size)


def listing(words: Iterable[object]) -> str:
    """`A, B and C`, as the language writes it."""
    return lists.format_list([str(word) for word in words], locale=_babel())


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


def _date(value: date | datetime, style: Literal["medium", "long"]) -> str:
    shown = dates.format_date(value, style, locale=_babel())
    usual, first = _FIRST.get(_locale.get(), ("", ""))
    return first + shown.removeprefix(usual) if usual and shown.startswith(usual) else shown


def _on_weekday(local: datetime) -> str:
    return f"{dates.format_date(local, 'EEEE', locale=_babel())} {_date(local, 'long')}, {clock(local)}"


def _babel() -> Locale:
    return _parsed(_AS_WRITTEN_IN.get(_locale.get(), _locale.get()))


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
