"""The history of my sign-ins, and of the tries that failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from starlette.responses import Response

from core.accounts.models import SignIn
from core.accounts.queries import get_user, sign_ins_of
from core.accounts.services.devices import device_words, network_words
from core.accounts.services.sign_ins import FACTOR_WRONG, LIMITED, OK, how_words
from core.accounts.views.entry import in_browser
from core.http import Request
from core.i18n import gettext as _
from core.i18n import ngettext

_LONGEST = 18  # digits of an id that a database can hold


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history: a sign-in, or failed tries of one kind that followed each other.

    Args:
        newest: the newest row that it stands for.
        title: what happened.
        device: in words.
        place: in words.
        is_good: whether somebody was let in.
    """

    newest: SignIn
    title: str
    device: str
    place: str
    is_good: bool


@in_browser
async def index(request: Request) -> Response:
    """What happened, newest first."""
    given = request.query_params.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) <= _LONGEST else None
    rows, older = await sign_ins_of(await get_user(request.viewer), before)
    return await request.page("accounts/sign_ins/index.html", lines=list(_lines(rows)), older=older, before=before)


def _lines(rows: Iterable[SignIn]) -> Iterable[HistoryLine]:
    for kind, members in groupby(rows, key=_kind):
        alike = list(members)
        if kind[0] == OK:
            yield from (_line([one]) for one in alike)
        else:
            yield _line(alike)


def _kind(row: SignIn) -> tuple[str, str, str, str]:
    return row.outcome, row.how, row.network, row.device


def _line(rows: list[SignIn]) -> HistoryLine:
    newest = rows[0]
    return HistoryLine(
        newest,
        title=_title(newest, len(rows)),
        device=device_words(newest.device),
        place=network_words(newest.network),
        is_good=newest.outcome == OK,
    )


def _title(row: SignIn, count: int) -> str:
    if row.outcome == OK:
        return _("Signed in with: %(how)s", how=how_words(row.how))
    if row.outcome == LIMITED:
        return _("Too many tries: further ones were refused")
    if row.outcome == FACTOR_WRONG:
        return ngettext(
            "%(num)s wrong code after a right password", "%(num)s wrong codes after a right password", count
        )
    if row.how == "password":
        return ngettext("%(num)s wrong password", "%(num)s wrong passwords", count)
    return ngettext("%(num)s failed try: %(how)s", "%(num)s failed tries: %(how)s", count, how=how_words(row.how))
