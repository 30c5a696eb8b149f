"""What accounts hand out and receive: tokens, links, invitations, requests, archives. Secrets are stored as SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from core.accounts.models.people import User


class ApiToken(Model):
    """A secret with which a program acts for its user. Ends when the user's stamp changes.

    `kind` is `api` (bearer token of a script), `app` (password of one app, for HTTP Basic) or `feed` (in the address of a
    private feed, to read only). `clubs` are the ids of the clubs that it is limited to, separated by commas, "" for all.
    """

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="api_tokens")
    kind = fields.CharField(max_length=10, default="api", db_default="api")
    name = fields.CharField(max_length=80)
    scopes = fields.CharField(max_length=200, default="read write")
    clubs = fields.CharField(max_length=1000, default="", db_default="")
    ending = fields.CharField(max_length=8, default="", db_default="")
    stamp = fields.CharField(max_length=32)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)
    network = fields.CharField(max_length=64, default="", db_default="")
    expires_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_api_token"
        indexes = (("user_id", "kind"),)


class OneTimeLink(Model):
    """A link that works once and for a while: the first operator, a new password, an address to prove, an invitation.

    `facts` is what the link brings besides, `maker` the operator who made it; an invitation dies with the maker's right.
    """

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    purpose = fields.CharField(max_length=30)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="one_time_links", null=True
    )
    maker: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="made_links", null=True
    )
    stamp = fields.CharField(max_length=32, default="")
    email = fields.CharField(max_length=254, default="")
    facts = fields.TextField(default="", db_default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int | None
        maker_id: int | None

    class Meta:
        table = "accounts_one_time_link"
        indexes = (("purpose", "email"), ("user_id",))


class SignUpRequest(Model):
    """Somebody who asks for an account where the site wants to be asked. `proven_at` is when they proved their address."""

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=120)
    message = fields.CharField(max_length=1000, default="")
    locale = fields.CharField(max_length=5, default="", db_default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    proven_at = fields.DatetimeField(null=True)

    class Meta:
        table = "accounts_sign_up_request"


class Takeout(Model):
    """An archive of all that the site keeps of a person, which they asked for: `state` is waiting, ready or failed.

    The file has the name `file` below the data folder's `takeouts/` and goes at `expires_at`.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="takeouts")
    state = fields.CharField(max_length=10, default="waiting")
    file = fields.CharField(max_length=80, default="")
    size = fields.BigIntField(default=0)
    files = fields.IntField(default=0)
    lacking = fields.CharField(max_length=500, default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    started_at = fields.DatetimeField(null=True)
    ready_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_takeout"
        indexes = (("user_id",),)
