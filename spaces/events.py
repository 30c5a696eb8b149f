"""What happens to clubs."""

from __future__ import annotations

from dataclasses import dataclass

from core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClubCreated(Event, name="spaces.club_created"):
    """A new club."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Event, name="spaces.member_joined"):
    """Somebody became a member."""

    user_id: int
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Event, name="spaces.member_left"):
    """Somebody is no longer a member: left, or was removed by the actor."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event, name="spaces.role_changed"):
    """A member has another role."""

    user_id: int
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequested(Event, name="spaces.join_requested"):
    """Somebody asks to become a member."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSwitched(Event, name="spaces.plugin_switched"):
    """A plugin's effective state changed in a club."""

    plugin: str
    before: str
    after: str
