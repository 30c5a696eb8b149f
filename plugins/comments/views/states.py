"""Signs, settled threads, accepted answers and locks: each a small thing that is put and taken back."""

from __future__ import annotations

from starlette.responses import Response

from cercle import Forbidden, Request, gettext, read_form, require
from plugins.comments import permissions as p
from plugins.comments.forms import SignInput
from plugins.comments.queries.comments import Found, get_comment, get_thread
from plugins.comments.queries.threads import signs_of
from plugins.comments.services import reactions, states
from plugins.comments.views.shown import signs_part, thread_part


async def put_sign(request: Request) -> Response:
    """Say something to a comment in one sign."""
    found, form = await _comment(request), await read_form(request, SignInput)
    await reactions.put_sign(found.comment, form.data.sign, actor=request.viewer)
    return await _signs(request, found)


async def take_sign(request: Request) -> Response:
    """Take a sign back."""
    found, form = await _comment(request), await read_form(request, SignInput)
    await reactions.take_sign(found.comment, form.data.sign, actor=request.viewer)
    return await _signs(request, found)


async def resolve(request: Request) -> Response:
    """Say that a thread is settled."""
    found = await _resolvable(request)
    await states.resolve_thread(found.first, actor=request.viewer)
    return await _thread(request, found)


async def reopen(request: Request) -> Response:
    """Say that it is not."""
    found = await _resolvable(request)
    await states.reopen_thread(found.first)
    return await _thread(request, found)


async def accept(request: Request) -> Response:
    """Say that a reply answers its thread."""
    found = await _acceptable(request)
    await states.accept_answer(found.comment)
    return await _thread(request, found)


async def refuse(request: Request) -> Response:
    """Take that back."""
    found = await _acceptable(request)
    await states.refuse_answer(found.comment)
    return await _thread(request, found)


async def lock(request: Request) -> Response:
    """Let nobody but moderators reply in a thread."""
    found = await get_thread(request.club, request.path_params["comment"], viewer=request.viewer)
    await states.lock_thread(found.first, found.item, actor=request.viewer)
    return await _thread(request, found)


async def unlock(request: Request) -> Response:
    """Let everybody reply again who may write comments."""
    found = await get_thread(request.club, request.path_params["comment"], viewer=request.viewer)
    await states.unlock_thread(found.first)
    return await _thread(request, found)


async def _comment(request: Request) -> Found:
    return await get_comment(request.club, request.path_params["comment"], viewer=request.viewer)


async def _resolvable(request: Request) -> Found:
    found = await get_thread(request.club, request.path_params["comment"], viewer=request.viewer)
    require(request.viewer, p.WRITE, request.club)
    if not p.may_resolve(request.viewer, found.first, found.item.content):
        raise Forbidden(gettext("Who began it, who wrote what it is about, and moderators can settle a discussion."))
    return found


async def _acceptable(request: Request) -> Found:
    found = await _comment(request)
    require(request.viewer, p.WRITE, request.club)
    if not p.may_accept(request.viewer, found.first, found.item.content):
        raise Forbidden(gettext("Who wrote what it is about, and moderators can accept an answer."))
    return found


async def _signs(request: Request, found: Found) -> Response:
    if request.is_htmx:
        said = await signs_of([found.comment.id], request.viewer)
        return await signs_part(request, found.item, found.comment, said)
    return request.redirect("comments:comments.show", comment=found.comment.id)


async def _thread(request: Request, found: Found) -> Response:
    if request.is_htmx:
        return await thread_part(request, found.item, found.first)
    return request.redirect("comments:threads.show", thread=found.first.id)
