"""People and the ways they prove who they are. Tokens are stored as SHA-256, never as they are handed out."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class User(Model):
    """A person's account on the site."""

    id = fields.IntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    handle = fields.CharField(max_length=40, unique=True)
    name = fields.CharField(max_length=120)
    sort_name = fields.CharField(max_length=120, default="", db_index=True)
    headline = fields.CharField(max_length=160, default="")
    about = fields.TextField(default="")
    about_html = fields.TextField(default="")
    photo_hash = fields.CharField(max_length=64, null=True)
    locale = fields.CharField(max_length=5, default="")
    timezone = fields.CharField(max_length=60, default="Europe/Paris")
    password_hash = fields.CharField(max_length=255, null=True)
    stamp = fields.CharField(max_length=32)
    is_operator = fields.BooleanField(default=False)
    is_active = fields.BooleanField(default=True)
    feed_generation = fields.IntField(default=1)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)

    class Meta:
        table = "accounts_user"

    def __str__(self) -> str:
        return self.name

    @property
    def photo_url(self) -> str | None:
        """Their photo; the hash keeps the address new when the picture is."""
        return f"/photos/{self.handle}?v={self.photo_hash[:12]}" if self.photo_hash else None


class LoginSession(Model):
    """One browser in which somebody is signed in. Ends when its user's stamp changes."""

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="login_sessions")
    stamp = fields.CharField(max_length=32)
    created_at = fields.DatetimeField(auto_now_add=True)
    proven_at = fields.DatetimeField()
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    device = fields.CharField(max_length=200, default="")
    network = fields.CharField(max_length=64, default="")

    class Meta:
        table = "accounts_login_session"


class ApiToken(Model):
    """A secret with which a script acts for its user. Ends when the user's stamp changes."""

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="api_tokens")
    name = fields.CharField(max_length=80)
    scopes = fields.CharField(max_length=200, default="read write")
    stamp = fields.CharField(max_length=32)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)

    class Meta:
        table = "accounts_api_token"


class OneTimeLink(Model):
    """A link that works once and for a while: the first operator, a new password, an address to prove."""

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    purpose = fields.CharField(max_length=30)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="one_time_links", null=True
    )
    stamp = fields.CharField(max_length=32, default="")
    email = fields.CharField(max_length=254, default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)

    class Meta:
        table = "accounts_one_time_link"


class SignUpRequest(Model):
    """Somebody who asks for an account where the site wants to be asked."""

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=120)
    message = fields.CharField(max_length=1000, default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "accounts_sign_up_request"
