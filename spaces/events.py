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


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentPublished(Event, name="spaces.content_published"):
    """Something of any plugin can be seen by others than its author for the first time.

    The four facts of each of these events name a row of the catalogue, whose number is `content_id`. Whoever acts on one
    reads the row as it is then, through `visible_to` where somebody looks: it may have changed again.
    """

    plugin: str
    kind: str
    object_id: int
    content_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentChanged(Event, name="spaces.content_changed"):
    """A row of the catalogue is another one than before; `is_news` says that readers would call it a change."""

    plugin: str
    kind: str
    object_id: int
    content_id: int
    is_news: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRemoved(Event, name="spaces.content_removed"):
    """Something that others could see is in the trash, hidden, a draft again, or gone for good."""

    plugin: str
    kind: str
    object_id: int
    content_id: int
