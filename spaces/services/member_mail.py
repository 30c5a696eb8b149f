"""Mails to one person about their place in a club: a few sentences in their language, and where to look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core import current, mail
from core.accounts.models import User
from core.i18n import direction, gettext, language_tag, long_datetime, speaking
from core.models import Mail
from spaces.models import Club


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says.

    Args:
        subject: one line, in the source language; `%(club)s` is the club, `%(name)s` the reader.
        sentences: its paragraphs, likewise. One whose value is empty is left out.
    """

    subject: str
    sentences: tuple[str, ...]


def letter_for(
    said: Letter, club: Club, user: User, *, key: str, path: str = "", values: Mapping[str, object] | None = None
) -> Mail:
    """A mail for the queue.

    Args:
        said: what it says.
        club: which club it is about.
        user: who reads it.
        key: what it is about; the same key is the same mail.
        path: of the page it leads to, "" for none.
        values: for further placeholders; moments are written as the reader writes them.
    """
    app = current.app()
    with speaking(user.locale, user.timezone):
        given = {"club": club.name, "name": user.name, **{k: _worded(v) for k, v in (values or {}).items()}}
        subject, *sentences = (gettext(text, **given) for text in (said.subject, *_needed(said, given)))
        context = {
            "locale": language_tag(),
            "direction": direction(),
            "sentences": sentences,
            "address": app.settings.base_url + path if path else "",
            "site_name": app.settings.site_name,
        }
        text = app.pages.render("spaces/mails/member.txt", **context)
        html = app.pages.render("spaces/mails/member.html", **context)
        return mail.letter(user.email, subject, text, html, key=key)


def _worded(value: object) -> object:
    return long_datetime(value) if isinstance(value, datetime) else value


def _needed(said: Letter, given: Mapping[str, object]) -> list[str]:
    empty = [f"%({name})s" for name, value in given.items() if value in ("", None)]
    return [text for text in said.sentences if not any(mark in text for mark in empty)]
