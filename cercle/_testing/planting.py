"""Plants unique words in a club: in every form that can be filled in, and through every writing route of the API."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

import httpx

from cercle._testing.pages import Field, HtmlForm, texts_of
from core.accounts.models import User
from core.api import openapi

if TYPE_CHECKING:
    from cercle._testing.village import Village
    from core.app import Cercle

DESTROYS = re.compile(
    r"delet|remov|trash|leave|archiv|eras|sign-out|withdraw|revoke|password|email|purge|plugins|permissions|restore"
    r"|sessions|tokens|members|people/|requests|join|invitations|locale|language|admin|settings/year"
)
KEPT = re.compile(
    r"^_|slug|handle|e?mail|password|next|stamp|version|base|etag|token|locale|timezone|color|accent|parent|folder"
)
PREFERRED = ("published", "club", "on")


class Planter:
    """Somebody who writes unique words wherever they can.

    Args:
        village: the village.
        insider: who writes; a member of the hidden club.
        lure: a word that stands beside each unique one, to search for.
    """

    def __init__(self, village: Village, insider: User, lure: str) -> None:
        self.village = village
        self.club = village.hidden
        self.page = village.client(insider)
        self.api = village.api(insider)
        self.words: dict[str, str] = {}
        self.submitted: set[tuple[str, ...]] = set()
        self.landed: list[str] = []
        self.answers: list[Any] = []
        self.moments = 0
        self._lure = lure
        self._base = f"zq{secrets.token_hex(3)}x"

    def text(self, origin: str) -> str:
        """A new text of two words: the lure, and one that exists nowhere else."""
        word = f"{self._base}{len(self.words):04d}"
        self.words[word] = origin
        return f"{self._lure} {word}"

    def found_in(self, text: str) -> set[str]:
        """The unique words that a text holds."""
        return set(re.findall(rf"{self._base}\d{{4}}", text)) & self.words.keys()

    async def submit(self, form: HtmlForm) -> None:
        """Fill in a form and send it, once for each kind of form; forms that take something away are left alone."""
        key = (re.sub(r"\d+", "1", form.action), *sorted(form.fields))
        if form.method != "post" or key in self.submitted or DESTROYS.search(form.action):
            return
        self.submitted.add(key)
        values = {
            name: value for name, one in form.fields.items() if (value := self._value(one, form.action)) is not None
        }
        files = {
            name: (
                f"{self.text(f'{form.action} name of {name}')}.txt",
                self.text(f"{form.action} bytes of {name}").encode(),
            )
            for name, one in form.fields.items()
            if one.type == "file"
        }
        answer = await self.page.post(form.action, data=values, files=files or None)
        if answer.headers.get("location", "").startswith("/"):
            self.landed.append(answer.headers["location"])

    async def call_api(self, app: Cercle, avoided: re.Pattern[str] | None = None) -> None:
        """Call each route of the API that makes something in the club, but for the addresses that are to be left alone."""
        document = openapi(app)
        for path, operations in document["paths"].items():
            if avoided and avoided.match(path):
                continue
            for method in ("post", "put"):
                if method in operations and path.startswith("/api/v1/clubs/{club}/") and not DESTROYS.search(path):
                    await self._call(document, path, method, operations[method])

    def api_addresses(self, app: Cercle) -> list[str]:
        """Every reading route of the API, with what was made filled in."""
        known: dict[str, set[str]] = {}
        for answer in self.answers:
            for name, value in texts_of(answer):
                known.setdefault(name, set()).add(value)
        found = []
        for path, operations in openapi(app)["paths"].items():
            if "get" in operations:
                found += _filled(path.replace("{club}", self.club.slug), known)
        return found

    async def _call(self, document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> None:
        content = operation.get("requestBody", {}).get("content", {})
        address = path.removeprefix("/api/v1/").replace("{club}", self.club.slug)
        if "application/octet-stream" in content:
            address = re.sub(r"{\w+}", f"{self.text(f'{path} name')}.txt", address)
            await self._keep(await self.api.request(method, address, content=self.text(f"{path} bytes").encode()))
        elif "application/json" in content and "{" not in address:
            schema = content["application/json"]["schema"]
            body = self._made(document, schema, path)
            answer = await self.api.request(method, address, json=body)
            while answer.status_code == 422 and body:
                wrong = {name.partition(".")[0] for name in answer.json().get("errors", {})} & body.keys()
                body = {name: value for name, value in body.items() if name not in (wrong or body)}
                answer = await self.api.request(method, address, json=body)
            await self._keep(answer)

    async def _keep(self, answer: httpx.Response) -> None:
        if answer.status_code < 300 and "json" in answer.headers.get("content-type", ""):
            self.answers.append(answer.json())

    def _made(self, document: dict[str, Any], schema: dict[str, Any], path: str) -> dict[str, Any]:
        known = document["components"]["schemas"]
        properties = _resolved(schema, known).get("properties", {})
        made = {
            name: self._invented(_resolved(one, known), known, f"{path} {name}") for name, one in properties.items()
        }
        return {name: value for name, value in made.items() if value is not None}

    def _invented(self, schema: dict[str, Any], known: dict[str, Any], origin: str) -> Any:
        choices = schema.get("enum")
        if choices:
            return next((one for one in PREFERRED if one in choices), choices[0])
        if schema.get("type") == "array":
            inner = self._invented(_resolved(schema.get("items", {}), known), known, origin)
            return None if inner is None else [inner, *([self.text(origin)] if isinstance(inner, str) else [])]
        if schema.get("type") != "string" or "format" in schema or KEPT.search(origin.rpartition(" ")[2]):
            return None
        return self.text(origin)

    def _value(self, one: Field, action: str) -> Any:
        if one.type in ("file", "submit", "button", "image"):
            return None
        if one.type in ("select", "radio"):
            return next((value for value in PREFERRED if value in one.options), one.value or (one.options or [""])[-1])
        if one.type == "checkbox":
            return one.value or None
        if one.type == "textarea":
            return f"{self.text(f'{action} {one.name}')}\n{self.text(f'{action} {one.name}')}"
        if one.type == "datetime-local":
            self.moments += 1
            return f"2031-05-{self.moments % 28 + 1:02}T10:00"
        if one.type in ("text", "search") and not KEPT.search(one.name):
            return self.text(f"{action} {one.name}")
        return one.value


def _resolved(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """A schema without references and alternatives: the first that is not null."""
    if "$ref" in schema:
        return _resolved(known[schema["$ref"].rpartition("/")[2]], known)
    for several in ("anyOf", "oneOf", "allOf"):
        for one in schema.get(several, ()):
            if one.get("type") != "null":
                return _resolved(one, known)
    return schema


def _filled(path: str, known: dict[str, set[str]]) -> list[str]:
    names = re.findall(r"{(\w+)}", path)
    if not names:
        return [path]
    first = names[0]
    values = known.get(first, set()) | known.get("id", set()) | known.get("slug", set()) | known.get("path", set())
    return [
        address for value in sorted(values)[:40] for address in _filled(path.replace(f"{{{first}}}", value, 1), known)
    ]
