"""What a member and a script do before something is measured: sign in, write a page, read one."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from http.client import HTTPConnection


def sign_in(port: int) -> str:
    """Sign the demo's member in; answers the cookie."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    form = urllib.parse.urlencode({"email": "member@cercle.example", "password": "cercle-demo"})
    connection.request("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = connection.getresponse()
    found = re.search(r"(cercle=[^;]+)", answer.getheader("set-cookie", "") or "")
    if answer.status != 303 or found is None:
        raise RuntimeError(f"sign-in answered {answer.status}")
    return found.group(1)


def add_plain_page(port: int, bearer: dict[str, str]) -> None:
    """Write a page of ordinary length, called `bench`."""
    body = "\n\n".join(f"## Part {n}\n\n" + "Independent consultants share what they know. " * 8 for n in range(12))
    _post(port, "/api/v1/clubs/aquitaine/wiki/pages", bearer, {"title": "Bench", "body": body})


def _post(port: int, path: str, headers: dict[str, str], body: dict[str, str]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, json.dumps(body), {**headers, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 201:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:500]!r}")


def get(port: int, path: str, headers: dict[str, str]) -> bytes:
    """The body of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())
