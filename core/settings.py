"""Settings of the site: the only reader of the environment (variables `CERCLE_…`)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.errors import SettingsError
from core.i18n import LANGUAGES

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

_SCHEMES = {
    "database_url": ("sqlite", "postgres", "postgresql"),
    "redis_url": ("redis", "rediss", "unix"),
    "storage_url": ("file", "s3"),
    "base_url": ("http", "https"),
    "smtp_url": ("smtp", "smtps"),
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NO = frozenset({"", "0", "false", "f", "no", "n", "off"})
_INBOUND = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,8}[A-Za-z0-9])?@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_PLACE = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[1-9][0-9]{0,4}")
_Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything an operator can set from outside. The table is in `docs/settings.md`."""

    model_config = SettingsConfigDict(env_prefix="CERCLE_", extra="ignore", frozen=True, validate_default=True)

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    storage_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = Field(default="", repr=False)
    smtp_url: str | None = Field(default=None, repr=False)
    mail_from: str = "Cercle <cercle@localhost>"
    inbound_address: str = ""
    inbound_listen: str = ""
    site_name: str = Field(default="Cercle", min_length=1, max_length=60)
    locale: str = "en"
    theme: str = Field(default="default", pattern=r"^[a-z][a-z0-9_-]{0,40}$")
    sign_up: Literal["open", "request", "invite"] = "invite"
    security_contact: str = ""
    trusted_proxies: _Words = ()
    allowed_hosts: _Words = ()
    disabled_plugins: _Words = ()
    max_body: int = Field(default=2 * MIB, ge=64 * KIB)
    max_upload: int = Field(default=5 * GIB, ge=1 * MIB)
    club_quota: int = Field(default=20 * GIB, ge=1 * MIB)
    erase_after_days: int = Field(default=14, ge=1, le=365)
    club_purge_days: int = Field(default=30, ge=1, le=365)
    hook_timeout: float = Field(default=5.0, gt=0, le=60)
    hook_faults: int = Field(default=5, ge=1, le=1000)
    hook_fault_minutes: int = Field(default=10, ge=1, le=24 * 60)
    session_idle_hours: int = Field(default=24 * 14, ge=1)
    session_absolute_hours: int = Field(default=24 * 90, ge=1)
    safe: bool = False

    @field_validator("trusted_proxies", "allowed_hosts", "disabled_plugins", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if word != "unix":
                ip_network(word, strict=False)
        return value

    @field_validator("security_contact")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if value and not (value.startswith(("mailto:", "https://")) and value.isascii() and value.isprintable()):
            raise ValueError("must be an address that starts with mailto: or https://")
        return value

    @field_validator("inbound_address")
    @classmethod
    def _room_for_a_token(cls, value: str) -> str:
        if value and not _INBOUND.fullmatch(value):
            raise ValueError("must be an address such as reply@example.org, with at most 10 letters before the @")
        return value.lower()

    @field_validator("inbound_listen")
    @classmethod
    def _a_place(cls, value: str, info: ValidationInfo) -> str:
        if value and not info.data.get("inbound_address"):
            raise ValueError("needs CERCLE_INBOUND_ADDRESS, to which answers are sent")
        if value and (_PLACE.fullmatch(value) is None or int(value.rpartition(":")[2]) > 65535):
            raise ValueError("must be an address and a port, such as 127.0.0.1:8025 or [::1]:8025")
        return value

    @field_validator("locale")
    @classmethod
    def _spoken_here(cls, value: str) -> str:
        if value not in LANGUAGES:
            raise ValueError(f"must be {' or '.join(map(repr, LANGUAGES))}")
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url", "storage_url", "base_url", "redis_url", "smtp_url")
    @classmethod
    def _known_scheme(cls, value: str | None, info: ValidationInfo) -> str | None:
        schemes = _SCHEMES[info.field_name or ""]
        if value and urlsplit(value).scheme not in schemes:
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if value:
            return value.rstrip("/")
        defaults = {"database_url": "sqlite://{}/cercle.db", "storage_url": "file://{}/blobs"}
        template = defaults.get(info.field_name or "")
        return template.format(info.data.get("data_dir", "data")) if template else (value or None)

    @property
    def is_sqlite(self) -> bool:
        """True when the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @property
    def is_secure(self) -> bool:
        """True when members reach the site over https, so that cookies are `Secure` and `__Host-`."""
        return self.base_url.startswith("https://")

    @property
    def inbound_place(self) -> tuple[str, int] | None:
        """Host and port where answers by mail are taken; None where none are."""
        host, _, port = self.inbound_listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.inbound_listen else None

    @property
    def hosts(self) -> frozenset[str]:
        """Host names that this site answers to; others get 421. A trial on this machine answers to both of its names."""
        own = urlsplit(self.base_url).hostname or ""
        loopback = _LOOPBACK if own in _LOOPBACK else frozenset()
        return frozenset({own, *self.allowed_hosts, *loopback})


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment, and make the data folder and the secret key when they are missing.

    Args:
        overrides: values that win over the environment, for commands and tests.

    Raises:
        SettingsError: names each variable that is wrong and why.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        lines = [f"CERCLE_{str(e['loc'][0]).upper()}: {_reason(e)}" for e in error.errors()]
        raise SettingsError("Wrong settings:\n  " + "\n  ".join(lines)) from None
    _make_data_dir(settings.data_dir)
    if settings.secret_key:
        _refuse_short_key(settings.secret_key)
        return settings
    return settings.model_copy(update={"secret_key": _secret_key(settings.data_dir / "secret.key")})


def serve_at(host: str, port: int, *, safe: bool = False) -> Settings:
    """The settings of a site that is about to listen here; its worker processes read the same.

    Args:
        host: address to listen on.
        port: port to listen on; becomes part of the site's address unless `CERCLE_BASE_URL` says otherwise.
        safe: whether third-party plugins stay out.
    """
    shown = "127.0.0.1" if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    os.environ.setdefault("CERCLE_BASE_URL", f"http://{shown}:{port}")
    if safe:
        os.environ["CERCLE_SAFE"] = "1"
    return load_settings()


def stays_out(arguments: Sequence[str]) -> tuple[bool, tuple[str, ...]]:
    """Whether plugins of packages stay out, and which plugins in any case; read before the settings are, because the commands
    of plugins are part of the command line.

    Args:
        arguments: of the command line.
    """
    safe = "--safe" in arguments or os.environ.get("CERCLE_SAFE", "").lower() not in _NO
    disabled = os.environ.get("CERCLE_DISABLED_PLUGINS", "")
    return safe, tuple(word.strip() for word in disabled.split(",") if word.strip())


def log_level() -> str:
    """`CERCLE_LOG_LEVEL`, read before the settings are, because they may be wrong."""
    level = os.environ.get("CERCLE_LOG_LEVEL", "WARNING").upper()
    return level if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL") else "WARNING"


def _reason(error: Any) -> str:
    shown = "" if "key" in str(error["loc"][0]) else f" (it is {str(error['input'])[:80]!r})"
    return f"{error['msg'].removeprefix('Value error, ')}{shown}"


def _make_data_dir(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"CERCLE_DATA_DIR: cannot make {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK):
        raise SettingsError(f"CERCLE_DATA_DIR: {path} is not writable")


def _refuse_short_key(key: str) -> None:
    if len(key) < 32:
        raise SettingsError("CERCLE_SECRET_KEY: must be at least 32 characters; leave it unset to have one made")


def _secret_key(path: Path) -> str:
    """The site's key, made once. It gets its name when it is complete, and of several starting processes one names it."""
    if not path.exists():
        unnamed = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(unnamed, path)
        unnamed.unlink()
    return path.read_text().strip()
