"""The public name: what a plugin may import. `__all__` is the definition of "public".

Everything here keeps its meaning within a major version; what is not here may change at any time.
"""

from core import audit
from core.accounts.exporting import readable_page
from core.accounts.hookspecs import ExportFile, FeedAddress, PersonHolding
from core.accounts.services.feeds import feed_token, viewer_from_feed_token
from core.accounts.sessions import moment
from core.accounts.shown import shown_column
from core.accounts.viewer import ClubLink, Viewer
from core.api import (
    Items,
    accepted,
    answer,
    api_route,
    cursor,
    etag_of,
    known_query,
    list_limit,
    read_body,
    read_cursor,
    require_match,
)
from core.archives import Archive, open_archive
from core.blobs import Blobs
from core.cli import progress_bar
from core.cli import run as run_command
from core.collation import fold, sort_key
from core.content_lines import content_lines, text_value, uri_value
from core.current import app as current_app
from core.db import after_commit, atomic, dialect, execute, rows
from core.dispatch.deprecation import Deprecation
from core.doctor import Finding
from core.downloads import INLINE_TYPES, BlobResponse, media_type_of
from core.errors import (
    CercleError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    SignInNeeded,
    Stale,
    TooLarge,
    TooMany,
    Unavailable,
)
from core.events import Event, announce
from core.filenames import clean_filename
from core.forms import Form, Input, Line, Text, check, read_form
from core.hooks import hookimpl, hookspec
from core.http import Request, Route, local_path, see_other
from core.i18n import N_, ago, day_label, filesize, gettext, listing, month_label, ngettext, speaking, time_span
from core.images import thumbnail
from core.importing import Exporter, ExportRequest, Importer, ImportRequest, Report
from core.inbound.replies import Reply
from core.jobs import Job
from core.limits import Rule
from core.linking import links_to
from core.markdown import (
    CALLOUTS,
    MAX_SOURCE,
    Rendered,
    Target,
    clean_text,
    render_in_child,
    summary,
    wiki_links_in_child,
)
from core.mentions import mentioned_in
from core.navigation import DatesQuery, Link, Panel, PanelQuery, Tab
from core.notification_kinds import Notice, NotificationKind, Reader, Waits
from core.notification_push import PushKeys, PushTarget, new_push_keys, post_push
from core.notification_times import Rhythm
from core.notification_wishes import Wishes, choose_rhythm, wishes_of
from core.notifications import notify
from core.outgoing import OutgoingError
from core.parts import Part
from core.permissions import OPERATE, SIGNED_IN, Permission, base_of, can, permission, require, why
from core.plugin_settings import PluginSettings, club_settings, member_settings, site_settings
from core.revisions import DiffRow, Merge, side_by_side, three_way
from core.search_fields import SearchField, field_mark
from core.selects import Select
from core.slots import Slot
from core.sort_keys import SortKeys
from core.storage import hold, release, store
from core.texts import text_kind, text_of
from core.uploads import Field, Upload, body_chunks, multipart_files
from spaces.catalogue import (
    FOLDED_END,
    TITLE_END,
    forget_content,
    hidden_items,
    lacks_field,
    publish_content,
    visible_in,
    visible_sql,
    visible_to,
)
from spaces.events import ContentChanged, ContentPublished, ContentRemoved, MemberJoined, MemberLeft
from spaces.gate import Access, access_for
from spaces.hookspecs import Holding, MergeStep, Shared, ShareTarget
from spaces.models import Club, Content, Membership
from spaces.queries.home_side import heard_sql
from spaces.queries.items import item_at, item_readers, topic_of
from spaces.queries.people import MINE_SHOW_MEMBERS
from spaces.queries.readers import members_named
from spaces.queries.reading import clubs_read_by, holdings_by_club
from spaces.queries.standing import standing, stands
from spaces.space import give_space, lock_club, no_space, quota_of, space_left, take_space

__all__ = [
    "CALLOUTS",
    "FOLDED_END",
    "INLINE_TYPES",
    "MAX_SOURCE",
    "MINE_SHOW_MEMBERS",
    "N_",
    "OPERATE",
    "SIGNED_IN",
    "TITLE_END",
    "Access",
    "Archive",
    "BlobResponse",
    "Blobs",
    "CercleError",
    "Club",
    "ClubLink",
    "Conflict",
    "Content",
    "ContentChanged",
    "ContentPublished",
    "ContentRemoved",
    "DatesQuery",
    "Deprecation",
    "DiffRow",
    "Event",
    "ExportFile",
    "ExportRequest",
    "Exporter",
    "FeedAddress",
    "Field",
    "Finding",
    "Forbidden",
    "Form",
    "Holding",
    "ImportRequest",
    "Importer",
    "Input",
    "Invalid",
    "Items",
    "Job",
    "Line",
    "Link",
    "MemberJoined",
    "MemberLeft",
    "Membership",
    "Merge",
    "MergeStep",
    "NotFound",
    "Notice",
    "NotificationKind",
    "OutgoingError",
    "Panel",
    "PanelQuery",
    "Part",
    "Permission",
    "PersonHolding",
    "PluginSettings",
    "PushKeys",
    "PushTarget",
    "Reader",
    "Rendered",
    "Reply",
    "Report",
    "Request",
    "Rhythm",
    "Route",
    "Rule",
    "SearchField",
    "Select",
    "ShareTarget",
    "Shared",
    "SignInNeeded",
    "Slot",
    "SortKeys",
    "Stale",
    "Tab",
    "Target",
    "Text",
    "TooLarge",
    "TooMany",
    "Unavailable",
    "Upload",
    "Viewer",
    "Waits",
    "Wishes",
    "accepted",
    "access_for",
    "after_commit",
    "ago",
    "announce",
    "answer",
    "api_route",
    "atomic",
    "audit",
    "base_of",
    "body_chunks",
    "can",
    "check",
    "choose_rhythm",
    "clean_filename",
    "clean_text",
    "club_settings",
    "clubs_read_by",
    "content_lines",
    "current_app",
    "cursor",
    "day_label",
    "dialect",
    "etag_of",
    "execute",
    "feed_token",
    "field_mark",
    "filesize",
    "fold",
    "forget_content",
    "gettext",
    "give_space",
    "heard_sql",
    "hidden_items",
    "hold",
    "holdings_by_club",
    "hookimpl",
    "hookspec",
    "item_at",
    "item_readers",
    "known_query",
    "lacks_field",
    "links_to",
    "list_limit",
    "listing",
    "local_path",
    "lock_club",
    "media_type_of",
    "member_settings",
    "members_named",
    "mentioned_in",
    "moment",
    "month_label",
    "multipart_files",
    "new_push_keys",
    "ngettext",
    "no_space",
    "notify",
    "open_archive",
    "permission",
    "post_push",
    "progress_bar",
    "publish_content",
    "quota_of",
    "read_body",
    "read_cursor",
    "read_form",
    "readable_page",
    "release",
    "render_in_child",
    "require",
    "require_match",
    "rows",
    "run_command",
    "see_other",
    "shown_column",
    "side_by_side",
    "site_settings",
    "sort_key",
    "space_left",
    "speaking",
    "standing",
    "stands",
    "store",
    "summary",
    "take_space",
    "text_kind",
    "text_of",
    "text_value",
    "three_way",
    "thumbnail",
    "time_span",
    "topic_of",
    "uri_value",
    "viewer_from_feed_token",
    "visible_in",
    "visible_sql",
    "visible_to",
    "why",
    "wiki_links_in_child",
    "wishes_of",
]
