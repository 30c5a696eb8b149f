"""The JSON API: typed inputs and outputs, lists with cursors, ETags, problem+json, and OpenAPI 3.1 made from the routes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from core.errors import Invalid, Stale
from core.forms import Input, field_errors
from core.http import Request, Route
from core.i18n import gettext
from core.permissions import Permission
from core.render import PRIVATE

if TYPE_CHECKING:
    from core.app import Cercle

MAX_LIMIT = 200
T = TypeVar("T", bound=BaseModel)


class Items(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """What the OpenAPI document says of an API route."""

    summary: str
    body: type[BaseModel] | None
    returns: type[BaseModel] | None
    status: int
    query: tuple[str, ...]
    raw: bool


def api_route(
    methods: str,
    path: str,
    view: Callable[[Request], Awaitable[Response]],
    name: str,
    *,
    permission: Permission | str | None = None,
    public: bool = False,
    summary: str,
    body: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    status: int = 200,
    query: Sequence[str] = (),
    streams: bool = False,
    raw: bool = False,
) -> Route:
    """One line of an `api.py`.

    Args:
        methods, path, view, name, permission, public, streams: as in `Route`; the path is below the part's API prefix.
        summary: one sentence for the document.
        body: the input model; the view reads it with `read_body`.
        returns: the output model.
        status: what success answers.
        query: names of the query parameters.
        raw: True when body or answer are bytes, not JSON.
    """
    described = Described(summary, body, returns, status, tuple(query), raw)
    return Route(methods, path, view, f"api.{name}", permission, public, streams, extra={"api": described})


async def read_body(request: Request, model: type[T]) -> T:
    """Read the JSON body into its model.

    Raises:
        Invalid: naming each wrong or unknown field.
    """
    raw = await request.body()
    try:
        sent = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise Invalid(gettext("The body is not valid JSON: %(reason)s", reason=str(error))) from None
    if not isinstance(sent, dict):
        raise Invalid(gettext("The body must be a JSON object."))
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        raise Invalid(errors=field_errors(error)) from None


def answer(value: BaseModel | None, status: int = 200, *, etag: str | None = None) -> Response:
    """Answer with a model as JSON."""
    headers = {"Cache-Control": PRIVATE}
    if etag:
        headers["ETag"] = f'"{etag}"'
    if value is None:
        return Response(status_code=204, headers=headers)
    return Response(value.model_dump_json().encode(), status, headers, media_type="application/json")


class Waiting(BaseModel):
    """What was sent is stored and waits for a moderator; nobody else sees it until then."""

    waits: bool = True


def accepted() -> Response:
    """Answer 202 for something that waits for a moderator, and can therefore not be read now."""
    return answer(Waiting(), HTTPStatus.ACCEPTED)


def etag_of(*facts: object) -> str:
    """A short tag that changes with the facts."""
    return hashlib.sha256("\x00".join(map(str, facts)).encode()).hexdigest()[:24]


def require_match(request: Request, etag: str, current: BaseModel) -> None:
    """Refuse a write whose `If-Match` names an older version.

    Raises:
        Stale: 412, with the current version.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    if etag not in {tag.strip().removeprefix("W/").strip('"') for tag in wanted.split(",")}:
        raise Stale(
            gettext("Somebody changed this since you read it. Compare with the current version and try again."),
            current=current.model_dump(mode="json"),
            etag=etag,
        )


def list_limit(request: Request, default: int = 50) -> int:
    """The `limit` of a list request.

    Raises:
        Invalid: when it is not a number from 1 to 200.
    """
    raw = request.query_params.get("limit", str(default))
    if not raw.isdecimal() or len(raw) > 4 or not 1 <= int(raw) <= MAX_LIMIT:
        raise Invalid(gettext("limit is a number from 1 to %(most)s.", most=MAX_LIMIT), field="limit")
    return int(raw)


def cursor(*values: object) -> str:
    """An opaque cursor that stands after these sort values."""
    return base64.urlsafe_b64encode(orjson.dumps([str(value) for value in values])).decode().rstrip("=")


def read_cursor(request: Request, length: int) -> tuple[str, ...] | None:
    """The sort values of `after`, or None at the start of a list.

    Raises:
        Invalid: when it was not made by this list.
    """
    raw = request.query_params.get("after")
    if not raw:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
        if isinstance(values, list) and len(values) == length and all(isinstance(value, str) for value in values):
            return tuple(values)
    except ValueError:
        pass
    raise Invalid(gettext("after must be the value of next from the page before."), field="after")


def known_query(request: Request, *names: str) -> None:
    """Refuse query parameters that a list does not know.

    Raises:
        Invalid: naming them.
    """
    unknown = set(request.query_params) - {"limit", "after", *names}
    if unknown:
        raise Invalid(errors={name: [gettext("There is no parameter of this name.")] for name in sorted(unknown)})


def openapi(app: Cercle) -> dict[str, Any]:
    """The OpenAPI 3.1 document of every API route of the running parts."""
    described = [
        (path, part, route, route.extra["api"]) for path, part, route, _ in app.router.all() if "api" in route.extra
    ]
    models = {m for _, _, _, d in described for m in (d.body, d.returns) if m is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    references, schemas = models_json_schema(
        [(model, "serialization" if not issubclass(model, Input) else "validation") for model in ordered],
        ref_template="#/components/schemas/{model}",
    )
    by_model = {model: schema for (model, _), schema in references.items()}
    paths: dict[str, dict[str, Any]] = {}
    for path, part, route, one in sorted(described, key=lambda item: item[0]):
        for method in route.method_list:
            operation = _operation(part.name, part.part.title, route, one, by_model, method)
            paths.setdefault(_plain(path), {"parameters": _path_parameters(path)})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{app.settings.site_name} API", "version": app.version},
        "servers": [{"url": app.settings.base_url}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


_PROBLEM = {
    "type": "object",
    "description": "An error as RFC 9457 problem details.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
_QUERY_TYPES = {"limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}}


def _plain(path: str) -> str:
    return "/".join(
        step.split(":")[0] + "}" if step.startswith("{") and ":" in step else step for step in path.split("/")
    )


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [step.strip("{}").split(":")[0] for step in path.split("/") if step.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _operation(part: str, title: str, route: Route, one: Described, by_model: Any, method: str) -> dict[str, Any]:
    query = [{"name": n, "in": "query", "schema": _QUERY_TYPES.get(n, {"type": "string"})} for n in one.query]
    ok: dict[str, Any] = {"description": "Done"}
    if one.returns is not None:
        ok["content"] = {"application/json": {"schema": by_model[one.returns]}}
    if one.raw and one.returns is None:
        ok["content"] = {"application/octet-stream": {}}
    failed = {
        "description": "Refused",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    operation: dict[str, Any] = {
        "operationId": f"{part}.{route.name.removeprefix('api.')}.{method.lower()}",
        "summary": one.summary,
        "tags": [title],
        "responses": {str(one.status): ok, "default": failed},
    }
    if query:
        operation["parameters"] = query
    if one.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": by_model[one.body]}}}
    elif one.raw and method == "PUT":
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    return operation
