"""Messages to devices: sealed for the browser, signed by the site, sent to a push service that really listens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from cercle.testing import Village
from core.accounts.models import User
from core.models import Setting
from core.notification_push import encoded
from core.notification_times import Rhythm
from core.notification_wishes import choose, choose_rhythm
from plugins.notifications.models import PushMessage, SiteKey, Subscription
from plugins.notifications.services.devices import site_key
from spaces.models import Club
from tests.notifications.telling import mention, time_passes

SECRET = b"sixteen bytes ok"
NO_POINT = encoded(b"\x04" + b"\1" * 64)


@dataclass
class PushService:
    """A push service in a thread of this process, and the browser for which it keeps messages."""

    url: str = ""
    status: int = 201
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def public_key(self) -> str:
        """The browser's, as its Push API gives it."""
        return encoded(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def read(self) -> list[dict[str, Any]]:
        """The messages as the browser reads them."""
        return [
            json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=SECRET, version="aes128gcm"))
            for _, body in self.came
        ]


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service that runs."""
    made = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.came.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            made.paths.append(self.path)
            self.send_response(made.statuses.get(self.path, made.status))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is written to the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


async def _device(
    village: Village, service: PushService, person: User | None = None, *, path: str = "/for/one"
) -> None:
    values = {"push_service": service.url}
    await Setting.get_or_create(scope="site", owner_id=0, part="notifications", defaults={"values": values})
    village.app.plugin_settings.drop("site", 0)
    fields = {"endpoint": f"{service.url}{path}", "key": service.public_key}
    browser = village.client(person or village.member)
    answer = await browser.post("/notifications/devices", data={**fields, "secret": encoded(SECRET), "name": "Firefox"})
    assert answer.status_code == 204


async def _send(village: Village) -> None:
    await time_passes()
    await village.app.jobs.run("notifications.send_pushes")


async def test_a_message_reaches_the_browser_and_only_it_can_read_it(village: Village, service: PushService) -> None:
    await _device(village, service)
    await mention(village, village.member)
    await _send(village)
    await _send(village)
    (headers, body) = service.came[0]
    assert len(service.came) == 1
    assert b"Tools" not in body
    (message,) = service.read()
    assert (message["body"], message["url"]) == ("About “Tools one”", "/c/atelier/wiki/one")
    assert (headers["Content-Encoding"], headers["TTL"]) == ("aes128gcm", "86400")


async def test_the_site_signs_what_it_sends_with_the_key_that_browsers_know(
    village: Village, service: PushService
) -> None:
    await _device(village, service)
    await mention(village, village.member)
    await _send(village)
    scheme, _, rest = service.came[0][0]["Authorization"].partition(" ")
    token, key = (piece.partition("=")[2] for piece in rest.split(", "))
    known = await SiteKey.get()
    claims = jwt.decode(token, ECKey.import_key(known.private_key), algorithms=["ES256"]).claims
    assert (scheme, key, claims["aud"]) == ("vapid", known.public_key, service.url)
    assert (await site_key()).private_key == known.private_key
    assert known.public_key in (await village.client(village.member).get("/notifications/times")).text


async def test_what_comes_at_once_is_one_message(village: Village, service: PushService) -> None:
    await _device(village, service)
    await mention(village, village.member)
    await mention(village, village.member, key="two")
    await _send(village)
    (message,) = service.read()
    assert (message["body"].split("\n")[0], message["url"]) == ("2 new things", "/notifications")


@pytest.mark.parametrize("status", [404, 410])
async def test_a_device_that_is_gone_is_forgotten(village: Village, service: PushService, status: int) -> None:
    await _device(village, service)
    service.status = status
    await mention(village, village.member)
    await _send(village)
    assert await Subscription.all().count() == 0


async def test_a_service_that_is_away_is_asked_again(village: Village, service: PushService) -> None:
    await _device(village, service)
    service.status = 503
    await mention(village, village.member)
    await _send(village)
    service.status = 201
    await _send(village)
    assert len(service.came) == 2
    assert (await PushMessage.get()).sent_at is not None


async def test_a_device_that_was_told_is_not_told_again_for_the_sake_of_another(
    village: Village, service: PushService
) -> None:
    await _device(village, service)
    await _device(village, service, path="/for/two")
    service.statuses["/for/two"] = 503
    await mention(village, village.member)
    await _send(village)
    service.statuses.clear()
    await _send(village)
    assert sorted(service.paths) == ["/for/one", "/for/two", "/for/two"]


async def test_a_browser_belongs_to_whoever_said_so_last(village: Village, service: PushService) -> None:
    await _device(village, service)
    await mention(village, village.member)
    await _device(village, service, village.guest)
    await _send(village)
    assert (service.paths, (await Subscription.get()).user_id) == ([], village.guest.id)
    await mention(village, village.guest, key="two")
    await _send(village)
    assert [message["body"] for message in service.read()] == ["About “Tools two”"]


@pytest.mark.parametrize("reason", ["left", "not wanted", "quiet"])
async def test_the_last_look(village: Village, service: PushService, reason: str) -> None:
    await _device(village, service)
    await mention(village, village.member)
    hour = datetime.now(UTC).hour
    if reason == "left":
        await village.leave(village.member, village.club)
    elif reason == "not wanted":
        await choose(village.member.id, {"push": {"wiki.mentioned": False}})
    else:
        await choose_rhythm(village.member.id, Rhythm(quiet_from=hour, quiet_until=(hour + 2) % 24))
    await _send(village)
    assert (service.came, await PushMessage.all().count()) == ([], 1 if reason == "quiet" else 0)


async def test_a_confidential_club_is_not_named(village: Village, service: PushService) -> None:
    await _device(village, service)
    await Club.filter(id=village.club.id).update(visibility="hidden")
    await mention(village, village.member)
    await _send(village)
    (message,) = service.read()
    assert (message["body"], message["url"]) == ("There is something new in one of your clubs", "/notifications")


async def test_an_address_in_the_own_network_is_not_called(village: Village, service: PushService) -> None:
    await _device(village, service)
    await Setting.filter(part="notifications").delete()
    village.app.plugin_settings.drop("site", 0)
    await mention(village, village.member)
    await _send(village)
    assert service.came == []


async def test_who_has_no_device_costs_nothing(village: Village) -> None:
    await mention(village, village.member)
    assert await PushMessage.all().count() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "http://push.example/x"},
        {"key": "short"},
        {"key": NO_POINT},
        {"secret": "éé"},
        {"more": "x"},
    ],
)
async def test_what_no_browser_sends_is_refused(village: Village, service: PushService, wrong: dict[str, str]) -> None:
    fields = {
        "endpoint": "https://push.example/x",
        "key": service.public_key,
        "secret": encoded(SECRET),
        "name": "x",
        **wrong,
    }
    assert (await village.client(village.member).post("/notifications/devices", data=fields)).status_code == 422
    assert await Subscription.all().count() == 0


async def test_a_device_is_its_owners_to_remove(village: Village, service: PushService) -> None:
    await _device(village, service)
    device = await Subscription.get()
    path = f"/notifications/devices/{device.id}/removal"
    assert (await village.client(village.guest).post(path)).status_code == 404
    assert (await village.client(village.member).post(path)).status_code == 303
    assert await Subscription.all().count() == 0


async def test_what_was_sent_is_forgotten(village: Village, service: PushService) -> None:
    await _device(village, service)
    await mention(village, village.member)
    await _send(village)
    await PushMessage.all().update(sent_at=datetime.now(UTC) - timedelta(days=2))
    await village.app.jobs.run("notifications.forget_old")
    assert await PushMessage.all().count() == 0
