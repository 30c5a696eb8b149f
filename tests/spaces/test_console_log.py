"""The audit log in the console: found by who, what, where and when, read as sentences, and taken along as a table."""

from __future__ import annotations

import ast
import csv
import io
import json
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cercle.testing import Village
from core import audit
from core.models import AuditEntry
from spaces.services import archive_club, change_role
from spaces.services.machinery import run_job
from spaces.services.roles import make_role
from spaces.switches import switch_plugin
from tests.architecture.source import python_files

LOG = "/admin/audit"
DONE = datetime(2026, 3, 10, 12, tzinfo=UTC)


async def _row(number: int, **values: Any) -> AuditEntry:
    return await AuditEntry.create(**{"action": "test.done", "subject": f"subject-{number:03}", **values})


async def _subjects(village: Village, **query: str) -> set[str]:
    page = (await village.client(village.operator).get(LOG, params=query)).text
    return {entry.subject for entry in await AuditEntry.all() if entry.subject in page}


async def test_rows_are_found_by_who_what_where_and_when(village: Village) -> None:
    owner, member = village.owner, village.member
    await _row(1, at=DONE, actor_id=owner.id, actor_name=owner.name, club_id=village.club.id)
    await _row(2, at=DONE.replace(day=12), actor_id=member.id, actor_name=member.name, action="test.undone")
    await _row(3, at=DONE, action="other.done")

    assert await _subjects(village) == {"subject-001", "subject-002", "subject-003"}
    assert await _subjects(village, actor="oscar") == {"subject-001"}
    assert await _subjects(village, actor=member.email.upper()) == {"subject-002"}
    assert await _subjects(village, actor=f"@{member.handle}") == {"subject-002"}
    assert await _subjects(village, actor=str(owner.id)) == {"subject-001"}
    assert await _subjects(village, actor="%") == set()
    assert await _subjects(village, action="test.") == {"subject-001", "subject-002"}
    assert await _subjects(village, action="test.done") == {"subject-001"}
    assert await _subjects(village, club="Atelier") == {"subject-001"}
    assert await _subjects(village, club="nowhere") == set()
    assert await _subjects(village, since="2026-03-12") == {"subject-002"}
    assert await _subjects(village, until="2026-03-10") == {"subject-001", "subject-003"}
    assert await _subjects(village, since="2026-03-10", until="2026-03-12", actor="max") == {"subject-002"}


@pytest.mark.parametrize(
    "query",
    [
        {"since": "0001-01-01", "until": "9999-12-31"},
        {"since": "yesterday", "until": "2026-02-31"},
        {"actor": "9" * 80},
        {"actor": "x" * 20_000, "action": "'; DROP TABLE core_audit_entry; --"},
        {"club": "é\u202e\ud7ff", "before": "²"},
    ],
)
async def test_a_filter_that_is_none_harms_nothing(village: Village, query: dict[str, str]) -> None:
    await _row(1)

    assert (await village.client(village.operator).get(LOG, params=query)).status_code == 200
    assert await AuditEntry.all().count() == 1


async def test_every_row_is_on_one_page_of_the_filtered_log(village: Village) -> None:
    for number in range(130):
        await _row(number, club_id=village.club.id if number % 2 else None)
    browser, path, found = village.client(village.operator), f"{LOG}?club=atelier&action=test.", list[str]()

    while path:
        page = (await browser.get(path)).text
        found += [part[:3] for part in page.split("subject-")[1:]]
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    assert found == [f"{number:03}" for number in range(129, 0, -2)]


async def test_the_log_makes_the_same_queries_for_few_rows_and_for_many(village: Village) -> None:
    browser = village.client(village.operator)
    await _row(0, club_id=village.club.id)
    await browser.get(LOG)
    with village.queries() as few:
        await browser.get(f"{LOG}?action=test.")
    for number in range(60):
        await _row(number, club_id=village.club.id if number % 2 else village.hidden.id)
    with village.queries() as many:
        await browser.get(f"{LOG}?action=test.")

    assert many.count == few.count


async def test_acts_are_sentences_with_readable_values_before_and_after(village: Village) -> None:
    await change_role(village.club, village.member, "moderator", actor=village.owner)
    await archive_club(village.club, actor=None)

    page = (await village.client(village.operator).get(LOG)).text
    french = (await village.client(village.operator, accept_language="fr").get(LOG)).text

    assert "Oscar Owner changed the role of Max Member" in page
    assert '<del><span class="visually-hidden">Before: </span>Member</del>' in page
    assert '<ins><span class="visually-hidden">After: </span>Moderator</ins>' in page
    assert "The machine archived the club atelier" in page
    assert "Oscar Owner" in french


async def test_roles_plugins_and_jobs_are_called_as_people_know_them(village: Village) -> None:
    role = await make_role(village.club, "member", "Treasurer", actor=village.owner)
    await change_role(village.club, village.member, role.name, actor=village.owner)
    viewer = await village.viewer(village.owner)
    await switch_plugin(village.club, "wiki", "off", actor=viewer)
    await run_job("spaces.note_activity", actor=viewer)

    page = unescape((await village.client(village.operator).get(f"{LOG}?actor=oscar")).text)

    assert '<ins><span class="visually-hidden">After: </span>Treasurer</ins>' in page
    assert "Oscar Owner switched the plugin Wiki in the club" in page
    assert "Oscar Owner let the job “Count members, content and activity of clubs” run" in page
    assert page.count(role.name) == 1  # where the role was made, this is one of the values


def test_a_sentence_is_in_the_language_at_hand_and_survives_a_wrong_one() -> None:
    hostile = "%(nobody)s <script>"

    assert audit.sentence("%(actor)s met %(subject)s", "a.met", actor=hostile, subject="%s") == f"{hostile} met %s"
    assert audit.sentence("%(nobody)s met", "a.met", actor="Ada", subject="Bo") == "Ada: a.met Bo"
    assert audit.sentence(None, "a.met", actor="", subject="") == "The machine: a.met"


async def test_names_and_values_of_rows_are_text_and_never_markup(village: Village) -> None:
    mark = "<script>alert(1)</script>"
    await _row(1, subject=mark, actor_name=mark, before={mark: mark}, after={"list": [mark, {"deep": [[mark]]}]})

    assert mark not in (await village.client(village.operator).get(LOG)).text


async def test_the_table_holds_what_the_page_shows_without_formulas(village: Village) -> None:
    await _row(1, subject="=1+cmd|' /C calc'!A0", club_id=village.club.id, after={"role": "member"})
    await _row(2, action="other.done")

    answer = await village.client(village.operator).post(LOG, data={"action": "test."})

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["action"], row["club"], json.loads(row["after"])) for row in rows] == [
        ("test.done", "atelier", {"role": "member"})
    ]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    taken = await AuditEntry.get(action="spaces.audit_exported")
    assert (taken.actor_id, taken.after) == (village.operator.id, {"action": "test."})


async def test_the_table_is_for_operators_who_proved_themselves_lately(village: Village) -> None:
    for person in (village.owner, village.outsider):
        assert (await village.client(person).post(LOG)).status_code == 403
    assert (await village.client().post(LOG)).status_code in (303, 401)
    assert not await AuditEntry.filter(action="spaces.audit_exported").exists()


def test_every_act_that_is_recorded_has_a_sentence() -> None:
    from core.parts import load_parts

    known = audit.known_actions(load_parts(third_party=False).all())
    assert {name: place for name, place in _recorded().items() if name not in known} == {}


def _recorded() -> dict[str, str]:
    """The names of acts in calls whose function is named for recording or noting, by where they stand."""
    found = dict[str, str]()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _records(node.func):
                found |= {name: path.name for one in node.args[:2] for name in _names(one, path)}
    return found


def _records(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("record", "_record", "_note", "_save")


def _names(argument: ast.expr, path: Path) -> set[str]:
    """A constant such as `spaces.club_created`, or both of a choice between two."""
    if isinstance(argument, ast.IfExp):
        return _names(argument.body, path) | _names(argument.orelse, path)
    value = argument.value if isinstance(argument, ast.Constant) else None
    return {value} if isinstance(value, str) and value.partition(".")[2].replace("_", "").isalpha() else set()
