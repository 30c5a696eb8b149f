"""Permissions: declared with care, denied by default, and an error is a no."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.accounts.viewer import ANONYMOUS, Viewer
from core.errors import Forbidden, PluginError
from core.permissions import OPERATE, SIGNED_IN, Grant, Permissions, can, permission, require

EDIT = permission("wiki.edit", "Edit", ("owner", "member"))
VIEW = permission("wiki.view", "View", ("owner", "member", "guest"), writes=False)
OWN = permission("wiki.own", "Change one's own", ("owner",), author=True)


@dataclass
class Thing:
    club_id: int = 1
    author_id: int | None = None


def _viewer(role: str, *allowed: str, frozen: str | None = None) -> Viewer:
    return Viewer(id=7, grants={1: Grant(role, frozenset(allowed), frozen, writable=frozenset({"wiki"}))})


def test_nothing_is_allowed_without_a_grant() -> None:
    assert not can(ANONYMOUS, EDIT, Thing())
    assert not can(_viewer("owner", "wiki.edit"), EDIT, Thing(club_id=2))
    assert not can(_viewer("owner", "wiki.edit"), EDIT)


def test_what_is_granted_is_allowed_there() -> None:
    assert can(_viewer("member", "wiki.edit"), EDIT, Thing())
    assert not can(_viewer("member", "wiki.view"), EDIT, Thing())


def test_a_frozen_club_can_be_read_not_written() -> None:
    viewer = _viewer("owner", "wiki.edit", "wiki.view", frozen="This club is archived.")
    assert can(viewer, VIEW, Thing())
    assert not can(viewer, EDIT, Thing())
    assert not can(viewer, "wiki.edit", Thing())


@pytest.mark.parametrize("role, allowed", [("member", True), ("guest", True), ("visitor", False), ("anonymous", False)])
def test_authors_have_rights_to_their_own_as_long_as_they_belong(role: str, allowed: bool) -> None:
    assert can(_viewer(role), OWN, Thing(author_id=7)) is allowed
    assert can(_viewer(role), OWN, Thing(author_id=8)) is False


def test_nobody_is_not_the_author_of_what_has_no_author() -> None:
    assert not can(Viewer(grants={1: Grant("member", frozenset())}), OWN, Thing(author_id=None))


def test_an_error_is_a_no() -> None:
    class Broken:
        @property
        def club_id(self) -> int:
            raise RuntimeError

    assert not can(_viewer("owner", "wiki.edit"), EDIT, Broken())


def test_the_site_asks_who_is_signed_in_and_who_runs_it() -> None:
    assert not can(ANONYMOUS, SIGNED_IN)
    assert can(Viewer(id=1), SIGNED_IN)
    assert not can(Viewer(id=1), OPERATE)
    assert can(Viewer(id=1, is_operator=True), OPERATE)


async def test_a_refusal_says_why(village: object) -> None:
    with pytest.raises(Forbidden) as refused:
        require(_viewer("guest"), EDIT, Thing())
    assert refused.value.message


@pytest.mark.parametrize(
    "declared, reason",
    [
        (permission("blog.x", "X", ()), "must start with 'wiki.'"),
        (permission("wiki.x", "X", ("king",)), "names unknown roles"),
        (EDIT, "is declared twice"),
    ],
)
def test_a_wrong_declaration_is_refused(declared: object, reason: str) -> None:
    known = Permissions()
    known.declare("wiki", [EDIT])
    with pytest.raises(PluginError, match=reason):
        known.declare("wiki", [declared])  # type: ignore[list-item]


def test_what_a_broken_plugin_declared_is_forgotten() -> None:
    known = Permissions()
    known.declare("wiki", [EDIT, VIEW])
    known.forget("wiki")
    assert known.all() == ()


def test_the_rights_of_authors_end_where_the_plugin_can_only_be_read() -> None:
    reader = Viewer(id=7, grants={1: Grant("member", frozenset({"wiki.view"}))})
    assert not can(reader, OWN, Thing(author_id=7))
