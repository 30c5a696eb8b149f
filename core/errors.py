"""The small tree of errors. Each is raised where it is known, with a sentence for the user, and becomes a page or a
problem+json in `core.http`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.i18n import N_


class CercleError(Exception):
    """Base of every error that a user may read.

    Args:
        message: a sentence that says what happened and what to do.
    """

    status = 500
    title = N_("Something went wrong")

    def __init__(self, message: str = "", **extra: object) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.extra = extra


class NotFound(CercleError):
    """Absent, or invisible to this viewer: the two are never told apart."""

    status = 404
    title = N_("This page does not exist")


class Moved(CercleError):
    """It is at another address for good, which this viewer may know.

    Args:
        location: a path on this site, with the query.
    """

    status = 308
    title = N_("This has another address now")

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


class SignInNeeded(CercleError):
    """Anonymous, where signing in would help."""

    status = 401
    title = N_("Please sign in")


class Forbidden(CercleError):
    """The viewer sees the thing but may not do this to it."""

    status = 403
    title = N_("You may not do this")


class FactorNeeded(Forbidden):
    """Two factors are asked for, and the viewer has given one.

    Args:
        message: who asks for it, and what to do.
        club: the name of the club that asks; "" for the whole site.
    """

    title = N_("A second factor is needed")

    def __init__(self, message: str, *, club: str = "") -> None:
        super().__init__(message)
        self.club = club


class Invalid(CercleError):
    """The input is wrong.

    Args:
        message: what is wrong and how to mend it.
        field: the input field it belongs to, or None for the whole form.
        errors: several fields at once, name to sentences.
    """

    status = 422
    title = N_("Please check what you entered")

    def __init__(
        self,
        message: str = "",
        *,
        field: str | None = None,
        errors: Mapping[str, list[str]] | None = None,
        **extra: object,
    ) -> None:
        super().__init__(message, **extra)
        self.errors: dict[str, list[str]] = {name: list(texts) for name, texts in (errors or {}).items()}
        if message:
            self.errors.setdefault(field or "", []).append(message)


class Conflict(CercleError):
    """Somebody else was first, or the state does not allow it any more."""

    status = 409
    title = N_("This has changed in the meantime")


class Stale(Conflict):
    """The `If-Match` of a write names an older version (RFC 9110, 13.1.1)."""

    status = 412
    title = N_("You were working on an older version")


class TooLarge(CercleError):
    """More bytes than the limit allows."""

    status = 413
    title = N_("This is too large")


class TooMany(CercleError):
    """A rate limit was reached.

    Args:
        retry_after: seconds until the next try makes sense.
    """

    status = 429
    title = N_("Too many tries")

    def __init__(self, message: str = "", *, retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CercleError):
    """A part of the site does not answer at the moment."""

    status = 503
    title = N_("This part is unavailable at the moment")


class UnderMaintenance(Unavailable):
    """The operators have closed the site for a while.

    Args:
        message: what they say besides; "" for nothing.
        retry_after: seconds until the next try makes sense.
        until: when it is likely to be open again.
    """

    title = N_("This site is being looked after")

    def __init__(self, message: str, *, retry_after: int, until: datetime) -> None:
        super().__init__(message)
        self.said = message
        self.retry_after = retry_after
        self.until = until


class PluginError(CercleError):
    """A plugin is wrong: its manifest, its routes, its hooks.

    Args:
        plugin: its name.
    """

    def __init__(self, message: str, *, plugin: str) -> None:
        super().__init__(message)
        self.plugin = plugin


class SettingsError(CercleError):
    """A setting is missing or wrong; the site does not start."""
