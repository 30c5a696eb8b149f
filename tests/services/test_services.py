"""Each real service starts, does its work, and leaves no process behind."""

import os
import smtplib
from email.message import EmailMessage
from pathlib import Path

import asyncpg
import pytest
from obstore.exceptions import BaseError
from playwright.async_api import Browser, Page
from redis.asyncio import Redis

from tests.services.postgres import Postgres
from tests.services.processes import ServiceError, running
from tests.services.s3 import S3
from tests.services.smtp import Smtp


async def test_postgres_keeps_what_is_written(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE TABLE club (name text)")
    await connection.execute("INSERT INTO club VALUES ($1)", "Aquitaine")

    assert await connection.fetchval("SELECT upper(name) FROM club") == "AQUITAINE"
    await connection.close()


async def test_postgres_lowers_accented_letters(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)

    assert await connection.fetchval("SELECT lower('ÉLÈVE')") == "élève"
    await connection.close()


def test_a_postgres_database_is_made_from_a_template(postgres: Postgres) -> None:
    postgres.create_database("template_of_test")
    postgres.execute("CREATE TABLE club AS SELECT 'Formation' AS name", "template_of_test")
    postgres.create_database("copy_of_test", template="template_of_test")

    assert postgres.execute("SELECT name FROM club", "copy_of_test") == "Formation"
    postgres.drop_database("copy_of_test")
    postgres.drop_database("template_of_test")


async def test_redis_streams_hand_an_entry_to_one_consumer(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        await client.xgroup_create("jobs", "workers", mkstream=True)
        await client.xadd("jobs", {"name": "thumbnail"})
        first = await client.xreadgroup("workers", "one", {"jobs": ">"})
        second = await client.xreadgroup("workers", "two", {"jobs": ">"})

    assert len(first) == 1
    assert not second


async def test_redis_starts_empty_for_each_test(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        assert await client.keys() == []


async def test_s3_returns_what_was_put(s3: S3) -> None:
    store = s3.store()
    await store.put_async("blobs/a", b"0123456789")

    assert bytes(await store.get_range_async("blobs/a", start=2, end=5)) == b"234"


def test_s3_refuses_a_wrong_key(s3: S3) -> None:
    stranger = S3(s3.endpoint, s3.access_key, "wrong", s3.prefix)

    with pytest.raises(BaseError):
        stranger.store().put("blobs/b", b"no")


def test_smtp_collects_the_message(smtp: Smtp) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "club@cercle.example", "zoé@cercle.example"
    message["Subject"] = "Réunion à Pau"
    message.set_content("À bientôt")
    with smtplib.SMTP(smtp.url.removeprefix("smtp://")) as client:
        client.send_message(message)

    (received,) = smtp.wait_for(1)
    assert received["Subject"] == "Réunion à Pau"
    assert received.get_content().strip() == "À bientôt"


async def test_chromium_runs_a_page(browser: Browser) -> None:
    page = await browser.new_page(color_scheme="dark")
    await page.set_content("<button onclick=\"this.textContent = 'Déjà fait'\">Faire</button>")
    await page.get_by_role("button").click()

    assert await page.get_by_role("button").inner_text() == "Déjà fait"
    assert await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    await page.close()


@pytest.mark.parametrize("family", ["sans-serif", "serif", "monospace"])
async def test_chromium_has_glyphs_for_french(browser: Browser, family: str) -> None:
    page = await browser.new_page()
    letters = await _pictures(page, "éèçœÉ€→•", family)

    assert len(set(letters)) == len(letters), "letters without a glyph look the same"
    await page.close()


async def test_chromium_takes_a_screenshot(browser: Browser, tmp_path: Path) -> None:
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.set_content("<h1>Cercle</h1>")
    await page.screenshot(path=tmp_path / "page.png")

    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    await page.close()


def test_a_service_is_ended_with_its_block(tmp_path: Path) -> None:
    with running(("sleep", "60"), ready=lambda: True, log=tmp_path / "log") as process:
        pass

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_a_service_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    command = ("ls", "/no/such/folder")

    with (
        pytest.raises(ServiceError, match="No such file"),
        running(command, ready=lambda: False, log=tmp_path / "log"),
    ):
        pass


async def _pictures(page: Page, letters: str, family: str) -> list[bytes]:
    pictures = []
    for letter in letters:
        await page.set_content(f"<span style='font: 40px {family}'>{letter}</span>")
        pictures.append(await page.locator("span").screenshot())
    return pictures
