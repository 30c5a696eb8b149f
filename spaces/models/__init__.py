"""Clubs, memberships, invitations, plugin switches, grants and the content catalogue."""

from spaces.models.announcements import Announcement
from spaces.models.clubs import Club, ClubAddress, ClubMerge, ClubRole
from spaces.models.contents import Content
from spaces.models.members import Ban, GroupRule, Invitation, JoinRequest, Membership
from spaces.models.moderation import Case, Report
from spaces.models.switches import ClubPlan, ClubPlugin, Erasure, GrantLock, GrantOverride, PluginPolicy
from spaces.models.tallies import Tally

__all__ = [
    "Announcement",
    "Ban",
    "Case",
    "Club",
    "ClubAddress",
    "ClubMerge",
    "ClubPlan",
    "ClubPlugin",
    "ClubRole",
    "Content",
    "Erasure",
    "GrantLock",
    "GrantOverride",
    "GroupRule",
    "Invitation",
    "JoinRequest",
    "Membership",
    "PluginPolicy",
    "Report",
    "Tally",
]
