"""People, and who they are elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from core.accounts.shown import is_shown


class User(Model):
    """A person's account on the site.

    `has_factor` follows from their passkeys and authenticator and is kept here so that a sign-in need not look further.
    `hidden` lists what of the profile others do not see. `closed_at` and `closed_reason` say that operators suspended it;
    `leaving_at` is when somebody who is leaving will be erased, `leaves_works` whether what they gave to clubs stays then.
    `provider` is the system that owns the account; what it sends is not edited here.
    """

    id = fields.IntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    handle = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=120, default="", db_index=True)
    headline = fields.CharField(max_length=160, default="")
    about = fields.TextField(default="")
    about_html = fields.TextField(default="")
    pronouns = fields.CharField(max_length=40, default="", db_default="")
    links = fields.TextField(default="", db_default="")
    hidden = fields.CharField(max_length=200, default="email", db_default="email")
    photo_hash = fields.CharField(max_length=64, null=True)
    locale = fields.CharField(max_length=5, default="")
    timezone = fields.CharField(max_length=60, default="Europe/Paris")
    password_hash = fields.CharField(max_length=255, null=True)
    stamp = fields.CharField(max_length=32)
    has_factor = fields.BooleanField(default=False, db_default=False)
    passkey_handle = fields.CharField(max_length=64, null=True, unique=True)
    provider: fields.ForeignKeyNullableRelation[Provider] = fields.ForeignKeyField(
        "accounts.Provider", related_name="owned_users", null=True, on_delete=fields.SET_NULL
    )
    is_operator = fields.BooleanField(default=False)
    is_active = fields.BooleanField(default=True)
    closed_at = fields.DatetimeField(null=True)
    closed_reason = fields.CharField(max_length=300, default="", db_default="")
    leaving_at = fields.DatetimeField(null=True)
    leaves_works = fields.BooleanField(default=True, db_default=True)
    feed_generation = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        provider_id: int | None

    class Meta:
        table = "accounts_user"
        indexes = (("created_at",), ("seen_at",), ("leaving_at",))

    def __str__(self) -> str:
        return self.name

    @property
    def may_sign_in(self) -> bool:
        """Whether a proof of who they are lets them in; who is leaving comes to the one page on which they can stay."""
        return self.is_active or (self.leaving_at is not None and self.closed_at is None)

    @property
    def shown_photo(self) -> str | None:
        """The hash of their photo as others see it: None without one, and where they hide it."""
        return self.photo_hash if is_shown(self.hidden, "photo") else None

    @property
    def shown_headline(self) -> str:
        """Their headline as others see it."""
        return self.headline if is_shown(self.hidden, "headline") else ""

    @property
    def photo_url(self) -> str | None:
        """Their photo as others see it; the hash keeps the address new when the picture is."""
        return f"/photos/{self.handle}?v={self.shown_photo[:12]}" if self.shown_photo else None


class Provider(Model):
    """An OpenID Connect provider that signs people in here. `rules` holds what is trusted of it: see `services.providers`."""

    id = fields.IntField(primary_key=True)
    slug = fields.CharField(max_length=40, unique=True)
    title = fields.CharField(max_length=80)
    issuer = fields.CharField(max_length=300, unique=True)
    client_id = fields.CharField(max_length=300)
    client_secret = fields.CharField(max_length=1000, default="")
    scopes = fields.CharField(max_length=300, default="openid email profile")
    is_enabled = fields.BooleanField(default=True)
    rules = fields.JSONField[dict[str, object]](default=dict)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "accounts_provider"


class Identity(Model):
    """Who somebody is at a provider: (issuer, subject) is the identity, an address is not."""

    id = fields.BigIntField(primary_key=True)
    provider: fields.ForeignKeyRelation[Provider] = fields.ForeignKeyField(
        "accounts.Provider", related_name="identities"
    )
    subject = fields.CharField(max_length=255)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="identities")
    email = fields.CharField(max_length=254, default="")
    groups = fields.JSONField[list[str]](default=list)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        provider_id: int
        user_id: int

    class Meta:
        table = "accounts_identity"
        indexes = (("user_id",),)
        unique_together = (("provider", "subject"),)


class RetiredHandle(Model):
    """A name in addresses whose bearer was erased: nobody else gets it. `digest` is its SHA-256, in hexadecimal."""

    digest = fields.CharField(max_length=64, primary_key=True)
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "accounts_retired_handle"
