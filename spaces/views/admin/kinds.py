"""The kinds of clubs: their names, and how a new club of each begins."""

from __future__ import annotations

from starlette.responses import Response

from core.errors import Conflict, Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import KindInput
from spaces.queries.clubs import load_site_settings
from spaces.services.kinds import add_kind, change_kind, remove_kind
from spaces.settings import Kind
from spaces.views.admin.pages import console
from spaces.views.choices import visibility_options

FRESH = Form[KindInput]({"visibility": "listed", "join_policy": "request", "plugins": []})


async def index(request: Request) -> Response:
    """All of them, each with its form, and one for another."""
    return await _page(request)


async def create(request: Request) -> Response:
    """Add one."""
    form = await read_form(request, KindInput)
    if form.is_valid:
        try:
            made = await add_kind(_values(form.data), actor=request.viewer)
            return _back(request, gettext("The kind “%(kind)s” is added.", kind=made.label))
        except Invalid as error:
            form.refuse(error)
    return await _page(request, added=form)


async def update(request: Request) -> Response:
    """Change one."""
    name = request.path_params["kind"]
    form = await read_form(request, KindInput)
    if form.is_valid:
        try:
            await change_kind(name, _values(form.data), actor=request.viewer)
            return _back(request, gettext("Saved. New clubs begin like this from now on."))
        except Invalid as error:
            form.refuse(error)
    if not (await load_site_settings()).has_kind(name):
        raise NotFound()
    return await _page(request, changed={name: form})


async def delete(request: Request) -> Response:
    """Remove one that no club is of."""
    try:
        await remove_kind(request.path_params["kind"], actor=request.viewer)
    except Conflict as error:
        request.flash(error.message, "error")
        return request.redirect("spaces:admin.kinds")
    return _back(request, gettext("The kind is removed."))


def _values(sent: KindInput) -> dict[str, object]:
    questions = tuple(line.strip() for line in sent.questions.splitlines() if line.strip())
    return {**sent.model_dump(exclude={"name"}), "plugins": tuple(sent.plugins), "questions": questions}


def _shown(kind: Kind, request: Request) -> Form[KindInput]:
    plugins = kind.plugins
    if plugins is None:
        plugins = tuple(one.name for one in request.app.parts.plugins if one.part.policy == "on_by_default")
    texts = {"label": kind.shown_label, "summary": kind.shown_summary}
    questions = "\n".join(kind.shown_questions)
    return Form({**kind.model_dump(), **texts, "plugins": list(plugins), "questions": questions})


async def _page(
    request: Request, *, changed: dict[str, Form[KindInput]] | None = None, added: Form[KindInput] | None = None
) -> Response:
    settings, choices = await load_site_settings(), visibility_options()
    wrong = changed or {}
    return await console(
        request,
        "kinds.html",
        "admin.clubs",
        422 if wrong or added else 200,
        kinds=[(kind, wrong.get(kind.name) or _shown(kind, request)) for kind in settings.kinds],
        wrong=wrong,
        added=added,
        fresh=added or FRESH,
        plugins=[one for one in request.app.parts.plugins if one.part.scope == "club"],
        visibility_pairs=[(value, label) for value, label, _ in choices["visibilities"]],
        join_pairs=[(value, label) for value, label, _ in choices["join_policies"]],
    )


def _back(request: Request, said: str) -> Response:
    request.flash(said)
    return request.redirect("spaces:admin.kinds")
