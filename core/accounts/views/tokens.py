"""My API tokens and app passwords, and the private addresses of my feeds."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import FeedInput, TokenInput
from core.accounts.hookspecs import FeedAddress
from core.accounts.models import User
from core.accounts.queries import get_user, tokens_of
from core.accounts.services import create_token, revoke_feeds, revoke_token, revoke_tokens
from core.accounts.services.tokens import PROGRAMS
from core.accounts.viewer import Viewer
from core.accounts.views.entry import in_browser, proven
from core.errors import Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _

_FRESH = {"kind": "api", "scopes": "read", "days": "90"}


@proven
async def index(request: Request) -> Response:
    """My tokens, and the form for another."""
    return await _page(request, await get_user(request.viewer), Form[TokenInput](dict(_FRESH)))


@proven
async def create(request: Request) -> Response:
    """Make a token and show it, this once."""
    form = await read_form(request, TokenInput)
    user = await get_user(request.viewer)
    if form.input is None:
        return await _page(request, user, form, 422)
    try:
        made = await make_token(request, user, form.input)
    except Invalid as error:
        form.refuse(error)
        return await _page(request, user, form, 422)
    return await _page(request, user, Form[TokenInput](dict(_FRESH)), made=made, made_kind=form.input.kind)


async def make_token(request: Request, user: User, sent: TokenInput) -> str:
    """Make what a form, or the API, asked for.

    Raises:
        Invalid: by field; also for a club that the viewer does not belong to.
    """
    if set(sent.clubs) - {club.id for club in request.viewer.clubs}:
        raise Invalid(_("Please choose one of the listed values."), field="clubs")
    verbs = sent.scopes.split()
    scopes = [f"{part}:{verb}" for part in sent.parts for verb in verbs] or verbs
    days = int(sent.days) if sent.days else None
    return await create_token(user, name=sent.name, scopes=scopes, days=days, clubs=sent.clubs, kind=sent.kind)


@proven
async def delete(request: Request) -> Response:
    """Revoke a token."""
    if not await revoke_token(await get_user(request.viewer), int(request.path_params["id"])):
        raise NotFound()
    request.flash(_("The token is revoked."))
    return request.redirect("accounts:tokens")


@proven
async def delete_all(request: Request) -> Response:
    """Revoke all tokens and app passwords."""
    await revoke_tokens(await get_user(request.viewer), *PROGRAMS)
    request.flash(_("All tokens and app passwords are revoked."))
    return request.redirect("accounts:tokens")


@in_browser
async def show_feeds(request: Request) -> Response:
    """What private feeds are, the readers that have an address of their own, and the form for another."""
    return await _feeds_page(request, await get_user(request.viewer), Form[FeedInput]())


@proven
async def create_feed(request: Request) -> Response:
    """Make a token for one feed reader and show the addresses with it, this once."""
    form = await read_form(request, FeedInput)
    user = await get_user(request.viewer)
    if form.input is None:
        return await _feeds_page(request, user, form, 422)
    try:
        made = await create_token(user, name=form.input.name, scopes=("read",), kind="feed")
    except Invalid as error:
        form.refuse(error)
        return await _feeds_page(request, user, form, 422)
    return await _feeds_page(request, user, Form[FeedInput](), made=await _addresses(request, user, made))


@in_browser
async def delete_feed(request: Request) -> Response:
    """End the addresses of one feed reader."""
    if not await revoke_token(await get_user(request.viewer), int(request.path_params["id"])):
        raise NotFound()
    request.flash(_("This feed reader gets nothing any more."))
    return request.redirect("accounts:feeds")


@in_browser
async def delete_feeds(request: Request) -> Response:
    """End the private address of all my feeds; new ones have another."""
    await revoke_feeds(await get_user(request.viewer))
    request.flash(_("The addresses of your private feeds have changed. Subscribe to them again where you read them."))
    return request.redirect("accounts:feeds")


def parts_of(request: Request) -> list[tuple[str, str]]:
    """The parts that a token can be limited to: name and title, those with an API."""
    described = {part.name: part for _path, part, route, _door in request.app.router.all() if "api" in route.extra}
    return [(name, _(part.part.title)) for name, part in sorted(described.items()) if name != "core"]


async def _page(
    request: Request,
    user: User,
    form: Form[TokenInput],
    status: int = 200,
    made: str | None = None,
    made_kind: str = "api",
) -> Response:
    return await request.page(
        "accounts/tokens/index.html",
        status,
        form=form,
        tokens=await tokens_of(user, "api"),
        passwords=await tokens_of(user, "app"),
        made=made,
        made_kind=made_kind,
        feeds=await _addresses(request, user, "") if made and made_kind == "app" else [],
        parts=parts_of(request),
        titles=dict(parts_of(request)),
        clubs=_clubs(request.viewer),
    )


async def _feeds_page(
    request: Request, user: User, form: Form[FeedInput], status: int = 200, made: list[FeedAddress] | None = None
) -> Response:
    readers = await tokens_of(user, "feed")
    return await request.page("accounts/feeds/show.html", status, form=form, readers=readers, made=made)


async def _addresses(request: Request, user: User, token: str) -> list[FeedAddress]:
    answers = await request.app.hooks.collect("person_feeds", user=user, token=token)
    return [address for answer in answers for address in answer.value]


def _clubs(viewer: Viewer) -> dict[int, str]:
    return {club.id: club.name for club in viewer.clubs}
