"""Clubs, memberships, invitations, plugin switches, grants and the content catalogue."""

from spaces.models.announcements import Announcement
from spaces.models.clubs import Club, ClubAddress, GroupRule, Invitation, JoinRequest, Membership
from spaces.models.contents import Content
from spaces.models.switches import ClubPlan, ClubPlugin, Erasure, GrantLock, GrantOverride, PluginPolicy

__all__ = [
    "Announcement",
    "Club",
    "ClubAddress",
    "ClubPlan",
    "ClubPlugin",
    "Content",
    "Erasure",
    "GrantLock",
    "GrantOverride",
    "GroupRule",
    "Invitation",
    "JoinRequest",
    "Membership",
    "PluginPolicy",
]
