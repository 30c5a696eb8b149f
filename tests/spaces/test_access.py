"""Who may do what: policy and switch, defaults, the club's matrix, the operator's locks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.permissions import Permissions, permission
from spaces.access import (
    POLICIES,
    RANK,
    STATES,
    Grants,
    Matrix,
    State,
    allowed,
    effective_state,
    held_back,
    parse_cells,
    parse_readers,
    parse_states,
)

VIEW = permission("wiki.view", "View", ("owner", "member", "guest", "visitor", "anonymous"), writes=False)
EDIT = permission("wiki.edit", "Edit", ("owner", "member"))
INVITE = permission("spaces.invite", "Invite", ("owner",))
ALL = (VIEW, EDIT, INVITE)
PLAIN = Matrix({}, {})


@pytest.mark.parametrize(
    "policy, state, effective",
    [
        ("unavailable", "on", "off"),
        ("unavailable", None, "off"),
        ("available", None, "off"),
        ("available", "on", "on"),
        ("available", "read_only", "read_only"),
        ("on_by_default", None, "on"),
        ("on_by_default", "off", "off"),
        ("required", "off", "on"),
        ("required", "read_only", "read_only"),
        ("available", "nonsense", "off"),
        ("nonsense", None, "off"),
    ],
)
def test_policy_and_choice_make_the_state(policy: str, state: str | None, effective: str) -> None:
    assert effective_state(policy, state) == effective


@given(st.sampled_from(POLICIES), st.sampled_from([*STATES, None]))
def test_a_paused_plugin_is_paused_unless_it_is_off_anyway(policy: str, state: str | None) -> None:
    unpaused = effective_state(policy, state)
    assert effective_state(policy, state, paused=True) == ("off" if unpaused == "off" else "paused")


@pytest.mark.parametrize(
    "state, needed, effective",
    [
        ("on", [], "on"),
        ("on", ["on", "off"], "off"),
        ("on", ["read_only", "on"], "read_only"),
        ("read_only", ["on"], "read_only"),
        ("off", ["on"], "off"),
        ("on", ["paused", "read_only"], "paused"),
        ("on", ["paused", "off"], "off"),
        ("off", ["paused"], "off"),
    ],
)
def test_a_plugin_is_no_more_open_than_those_it_needs(state: State, needed: list[State], effective: str) -> None:
    assert held_back(state, needed) == effective


def test_defaults_hold_where_nothing_else_is_said() -> None:
    assert allowed(ALL, "member", PLAIN, {"wiki": "on"}, "listed") == {"wiki.view", "wiki.edit"}
    assert allowed(ALL, "guest", PLAIN, {"wiki": "on"}, "listed") == {"wiki.view"}
    assert allowed(ALL, "owner", PLAIN, {}, "listed") == {"spaces.invite"}


@pytest.mark.parametrize(
    "visibility, seen", [("public", {"wiki.view"}), ("listed", set()), ("hidden", set()), ("", set())]
)
@pytest.mark.parametrize("role", ["visitor", "anonymous"])
def test_only_a_public_club_grants_anything_to_people_outside(role: str, visibility: str, seen: set[str]) -> None:
    assert allowed(ALL, role, PLAIN, {"wiki": "on"}, visibility) == seen


@pytest.mark.parametrize(
    "state, left", [("on", {"wiki.view", "wiki.edit"}), ("read_only", {"wiki.view"}), ("off", set())]
)
def test_the_state_of_the_plugin_narrows_what_is_left(state: str, left: set[str]) -> None:
    assert allowed(ALL, "member", PLAIN, {"wiki": state}, "listed") == left


def test_the_club_overrides_the_default_and_the_operator_overrides_the_club() -> None:
    cell = ("guest", "wiki.edit")
    assert Matrix({cell: True}, {}).allows("guest", EDIT)
    assert not Matrix({cell: True}, {cell: False}).allows("guest", EDIT)
    assert Matrix({cell: False}, {cell: True}).allows("guest", EDIT)
    assert Matrix({}, {}).reason("guest", EDIT) == "default"
    assert Matrix({cell: True}, {}).reason("guest", EDIT) == "club"
    assert Matrix({cell: True}, {cell: True}).reason("guest", EDIT) == "lock"


@given(st.text(max_size=20).filter(lambda role: role not in RANK))
def test_an_unknown_role_has_nothing(role: str) -> None:
    everything = {"wiki": "on"}
    assert allowed(ALL, role, Matrix({(role, "wiki.edit"): True}, {}), everything, "public") == set()


def test_texts_of_the_gate_are_read() -> None:
    assert parse_cells("guest wiki.edit 1,member wiki.edit 0") == {
        ("guest", "wiki.edit"): True,
        ("member", "wiki.edit"): False,
    }
    assert parse_states("wiki:on:,blog:paused: owner  guest ") == {"wiki": "on", "blog": "paused"}
    assert parse_readers("wiki:on:,blog:paused: owner  guest ") == {"blog": {"owner", "guest"}}
    assert (parse_cells(""), parse_states("")) == ({}, {})


def test_grants_are_remembered_by_their_facts() -> None:
    known = Permissions()
    known.declare("wiki", [VIEW, EDIT])
    grants = Grants(known)
    first = grants.of("member", "", "", "wiki:on:", "listed")
    assert first is grants.of("member", "", "", "wiki:on:", "listed")
    assert grants.of("member", "member wiki.edit 0", "", "wiki:on:", "listed") == {"wiki.view"}
