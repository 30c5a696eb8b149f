"""The tables of accounts, by what they are about."""

from core.accounts.models.handed_out import ApiToken, OneTimeLink, SignUpRequest, Takeout
from core.accounts.models.people import Identity, Provider, RetiredHandle, User
from core.accounts.models.proofs import (
    Authenticator,
    KnownDevice,
    LoginSession,
    Passkey,
    RecoveryCode,
    SignIn,
    SignInStep,
)

__all__ = [
    "ApiToken",
    "Authenticator",
    "Identity",
    "KnownDevice",
    "LoginSession",
    "OneTimeLink",
    "Passkey",
    "Provider",
    "RecoveryCode",
    "RetiredHandle",
    "SignIn",
    "SignInStep",
    "SignUpRequest",
    "Takeout",
    "User",
]
