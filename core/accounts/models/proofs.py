"""The ways in which people prove who they are, and the browsers in which they did.

Tokens are stored as SHA-256, never as they are handed out. What must be read again (the secret of an authenticator, that of a
provider) is encrypted with a key made from `CERCLE_SECRET_KEY`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from core.accounts.models.people import User


class LoginSession(Model):
    """One browser in which somebody is signed in. Ends when its user's stamp changes.

    `methods` says how they proved who they are, `factor_at` when two factors (or a passkey) were last given. While an operator
    acts as somebody, `operator` is who that is, and the session is the other person's.
    """

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="login_sessions")
    stamp = fields.CharField(max_length=32)
    created_at = fields.DatetimeField(auto_now_add=True)
    proven_at = fields.DatetimeField()
    methods = fields.CharField(max_length=60, default="", db_default="")
    factor_at = fields.DatetimeField(null=True)
    operator: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="acted_sessions", null=True
    )
    seen_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    device = fields.CharField(max_length=200, default="")
    network = fields.CharField(max_length=64, default="")

    if TYPE_CHECKING:
        user_id: int
        operator_id: int | None

    class Meta:
        table = "accounts_login_session"
        indexes = (("user_id",),)


class KnownDevice(Model):
    """A browser in which somebody has signed in before: it is not news, and a stranger's wrong tries do not shut it out."""

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="known_devices")
    device = fields.CharField(max_length=200, default="")
    network = fields.CharField(max_length=64, default="")
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField()

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_known_device"
        indexes = (("user_id",),)
        unique_together = (("token_hash", "user"),)


class SignIn(Model):
    """A try to sign in to an account that exists: `how` (password, passkey, link, provider…) and what came of it."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="sign_ins")
    at = fields.DatetimeField(auto_now_add=True, db_index=True)
    how = fields.CharField(max_length=60)
    outcome = fields.CharField(max_length=20)
    is_new_device = fields.BooleanField(default=False)
    device = fields.CharField(max_length=200, default="")
    network = fields.CharField(max_length=64, default="")

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_sign_in"
        indexes = (("user_id", "id"),)


class SignInStep(Model):
    """A proof that has begun in one browser: a challenge for a passkey, a wait for a code, a visit to an identity provider.

    It is kept on the server under the SHA-256 of a cookie's secret, works once and for minutes, and counts its tries.
    """

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    purpose = fields.CharField(max_length=30)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="sign_in_steps", null=True
    )
    stamp = fields.CharField(max_length=32, default="")
    facts = fields.JSONField[dict[str, object]](default=dict)
    tries = fields.IntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int | None

    class Meta:
        table = "accounts_sign_in_step"


class Passkey(Model):
    """A key pair of which a person's device or password manager holds the secret half (WebAuthn Level 3).

    `key_id` is the credential's id in base64url, `public_key` its COSE key in base64url, `uses` its signature counter.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="passkeys")
    key_id = fields.CharField(max_length=1400, unique=True)
    public_key = fields.TextField()
    uses = fields.BigIntField(default=0)
    name = fields.CharField(max_length=80)
    model = fields.CharField(max_length=40, default="")
    transports = fields.CharField(max_length=100, default="")
    is_synced = fields.BooleanField(default=False)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_passkey"
        indexes = (("user_id",),)


class Authenticator(Model):
    """An app that shows six digits every 30 seconds (RFC 6238). `last_step` is the newest time step that was used."""

    id = fields.BigIntField(primary_key=True)
    user: fields.OneToOneRelation[User] = fields.OneToOneField("accounts.User", related_name="authenticator")
    secret = fields.CharField(max_length=300)
    last_step = fields.BigIntField(default=0)
    created_at = fields.DatetimeField(auto_now_add=True)
    seen_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_authenticator"


class RecoveryCode(Model):
    """A code on paper that stands in for the second factor, once."""

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField("accounts.User", related_name="recovery_codes")
    code_hash = fields.CharField(max_length=255)
    used_at = fields.DatetimeField(null=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "accounts_recovery_code"
        indexes = (("user_id", "used_at"),)
