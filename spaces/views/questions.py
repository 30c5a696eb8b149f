"""How a club takes in new people: its own questions to whoever wants to join, and whether what they make first waits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from core.errors import Invalid
from core.forms import Form, Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import gettext
from spaces.services.questions import LENGTH, MOST, Question, read_questions, set_questions
from spaces.services.trial import MOST as MOST_ITEMS
from spaces.services.trial import set_trial


class QuestionsInput(Input):
    """A club's questions to whoever wants to join; `required` holds the numbers of those that must be answered."""

    text: list[Annotated[Line, StringConstraints(max_length=1000)]] = Field(default=[], max_length=5)
    required: list[Literal["0", "1", "2", "3", "4"]] = Field(default=[], max_length=5)


class TrialInput(Input):
    """How many of a new member's first items wait for a moderator."""

    items: int = Field(ge=0, le=MOST_ITEMS)


async def edit(request: Request) -> Response:
    """The form, with a line for each question there may be."""
    return await _form(request, _asked(request), 200)


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


async def update_trial(request: Request) -> Response:
    """Save how much of what new members make waits for a moderator."""
    form = await read_form(request, TrialInput)
    if form.is_valid:
        await set_trial(request.club, form.data.items, actor=request.viewer)
        request.flash(gettext("Saved."))
        return request.redirect("spaces:questions")
    return await _form(request, _asked(request), 422, trial=form)


def _asked(request: Request) -> Form[QuestionsInput]:
    asked = read_questions(request.club.questions)
    values = {
        "text": [one.text for one in asked],
        "required": [str(number) for number, one in enumerate(asked) if one.required],
    }
    return Form(values)


async def _form(
    request: Request, form: Form[QuestionsInput], status: int, *, trial: Form[TrialInput] | None = None
) -> Response:
    texts = [*form.values.get("text", []), *[""] * MOST][:MOST]
    return await request.page(
        "spaces/settings/questions.html",
        status,
        form=form,
        texts=texts,
        needed=form.values.get("required", []),
        longest=LENGTH,
        trial=trial or Form[TrialInput]({"items": request.club.trial_items}),
        most_items=MOST_ITEMS,
    )
