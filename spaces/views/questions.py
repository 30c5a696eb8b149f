"""The club's own questions to whoever wants to join."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from spaces.services.questions import LENGTH, MOST, Question, read_questions, set_questions


class QuestionsInput(Input):
    """A club's questions to whoever wants to join; `required` holds the numbers of those that must be answered."""

    text: list[Annotated[Line, StringConstraints(max_length=1000)]] = Field(default=[], max_length=5)
    required: list[Literal["0", "1", "2", "3", "4"]] = Field(default=[], max_length=5)


async def edit(request: Request) -> Response:
    """The form, with a line for each question there may be."""
    asked = read_questions(request.club.questions)
    values = {
        "text": [one.text for one in asked],
        "required": [str(number) for number, one in enumerate(asked) if one.required],
    }
    return await _form(request, Form[QuestionsInput](values), 200)


async def update(request: Request) -> Response:
    """Save them."""
    form = await read_form(request, QuestionsInput)
    if form.is_valid:
        needed = set(form.data.required)
        wanted = [Question(text, str(number) in needed) for number, text in enumerate(form.data.text)]
        try:
            await set_questions(request.club, wanted, actor=request.viewer)
            request.flash(gettext("Saved."))
            return request.redirect("spaces:questions")
        except Invalid as error:
            form.refuse(error)
    return await _form(request, form, 422)


async def _form(request: Request, form: Form[QuestionsInput], status: int) -> Response:
    texts = [*form.values.get("text", []), *[""] * MOST][:MOST]
    return await request.page(
        "spaces/settings/questions.html",
        status,
        form=form,
        texts=texts,
        needed=form.values.get("required", []),
        longest=LENGTH,
    )
