"""What people were told, what they follow, and the devices that may tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model


class Entry(Model):
    """One thing that somebody was told, on their page.

    `about` is the digest of the notice's key, so that nobody is told twice. The words are in the source language, with `values`
    for their placeholders. `merges` says that a later entry about the same page takes its place while it was not read.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="notifications_entries")
    club: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "spaces.Club", related_name="notifications_entries", null=True
    )
    kind = fields.CharField(max_length=50)
    content_id = fields.BigIntField(null=True)
    about = fields.CharField(max_length=64)
    subject = fields.CharField(max_length=500)
    values = fields.JSONField[dict[str, Any]](default=dict)
    path = fields.CharField(max_length=700)
    merges = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True, db_index=True)
    read_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int
        club_id: int | None

    class Meta:
        table = "notifications_entry"
        unique_together = (("user", "kind", "about"),)
        indexes = (("user_id", "id"), ("user_id", "read_at"))


class Follow(Model):
    """Somebody wants to hear of something in a club.

    `target` is what: `club:`, `plugin:wiki`, `item:wiki/page/12`, `author:7`, `field:wiki/tag:tools`. `content_id` names the row
    of the catalogue where it is an item, `author` the person where it is one.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="notifications_follows")
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="notifications_follows")
    target = fields.CharField(max_length=200)
    content_id = fields.BigIntField(null=True)
    author: fields.ForeignKeyNullableRelation[Any] = fields.ForeignKeyField(
        "accounts.User", related_name="notifications_followers", null=True
    )
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        user_id: int
        club_id: int
        author_id: int | None

    class Meta:
        table = "notifications_follow"
        unique_together = (("user", "club", "target"),)
        indexes = (("club_id", "target"),)


class Subscription(Model):
    """A browser that may show messages (Push API), by the digest of its address; `name` is what its owner calls the device."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="notifications_devices")
    digest = fields.CharField(max_length=64, unique=True)
    endpoint = fields.CharField(max_length=1000)
    key = fields.CharField(max_length=100)
    secret = fields.CharField(max_length=40)
    name = fields.CharField(max_length=80)
    created_at = fields.DatetimeField(auto_now_add=True)
    told_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "notifications_subscription"
        indexes = (("user_id",),)


class PushMessage(Model):
    """A message to one device of a person that waits to leave. The row is the truth; a job only hurries it."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="notifications_pushes")
    device: fields.ForeignKeyRelation[Subscription] = fields.ForeignKeyField(
        "notifications.Subscription", related_name="messages"
    )
    kind = fields.CharField(max_length=50)
    club_id = fields.IntField(null=True)
    content_id = fields.BigIntField(null=True)
    about = fields.CharField(max_length=64)
    title = fields.CharField(max_length=200)
    path = fields.CharField(max_length=700)
    due_at = fields.DatetimeField(db_index=True)
    sent_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        user_id: int
        device_id: int

    class Meta:
        table = "notifications_push"
        unique_together = (("device", "kind", "about"),)
        indexes = (("user_id",),)


class SiteKey(Model):
    """The key by which push services know this site (VAPID, RFC 8292): `vapid`, made once."""

    name = fields.CharField(max_length=20, primary_key=True)
    private_key = fields.TextField()
    public_key = fields.CharField(max_length=100)

    class Meta:
        table = "notifications_site_key"


class SilentClub(Model):
    """A club whose messages say nothing but that there is something."""

    id = fields.IntField(primary_key=True)
    club: fields.OneToOneRelation[Any] = fields.OneToOneField("spaces.Club", related_name="notifications_silence")

    if TYPE_CHECKING:
        club_id: int

    class Meta:
        table = "notifications_silent_club"
