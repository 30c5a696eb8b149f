"""Settings: a wrong one is named with its reason, the key is made once, secrets are not shown."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import load_settings


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCLE_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.parametrize(
    "name, value, reason",
    [
        ("CERCLE_DATABASE_URL", "mysql://x", "must start with sqlite:// or postgres://"),
        ("CERCLE_REDIS_URL", "http://x", "must start with redis://"),
        ("CERCLE_BASE_URL", "cercle.example", "must start with http:// or https://"),
        ("CERCLE_LOCALE", "xx", "'en' or 'fr'"),
        ("CERCLE_SIGN_UP", "everybody", "'open', 'request' or 'invite'"),
        ("CERCLE_MAX_BODY", "lots", "valid integer"),
        ("CERCLE_THEME", "../etc", "pattern"),
        ("CERCLE_SECRET_KEY", "short", "at least 32 characters"),
    ],
)
def test_a_wrong_setting_is_named_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert f"{name}: " in str(refused.value)
    assert reason in str(refused.value)


def test_a_refused_key_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCLE_SECRET_KEY", "hunter2")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hunter2" not in str(refused.value)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCLE_DATABASE_URL", "postgres://user:hunter2@127.0.0.1/x")
    monkeypatch.setenv("CERCLE_SMTP_URL", "smtp://user:hunter2@127.0.0.1")
    assert "hunter2" not in repr(load_settings(secret_key="hunter2" * 6))


def test_everything_is_below_the_data_folder_unless_said_otherwise(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.database_url == f"sqlite://{tmp_path}/data/cercle.db"
    assert settings.storage_url == f"file://{tmp_path}/data/blobs"


def test_the_key_is_made_once_for_all_processes_and_only_for_the_owner(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = {settings.secret_key for settings in pool.map(lambda _: load_settings(), range(16))}
    assert len(keys) == 1
    assert all(len(key) >= 32 for key in keys)
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCLE_ALLOWED_HOSTS", "one.example, two.example,")
    monkeypatch.setenv("CERCLE_BASE_URL", "https://cercle.example/")
    settings = load_settings()
    assert settings.hosts == {"cercle.example", "one.example", "two.example"}
    assert (settings.base_url, settings.is_secure) == ("https://cercle.example", True)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CERCLE_DATA_DIR", str(tmp_path / "file" / "data"))
    with pytest.raises(SettingsError, match="CERCLE_DATA_DIR: cannot make"):
        load_settings()
