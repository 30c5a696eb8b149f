"""One's own profile: the form, and how it looks to others."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cercle import Form, Invalid, NotFound, Request, gettext, read_form
from plugins.directory import forms, queries
from plugins.directory.models import AUDIENCES, Absence, Answer, FieldGroup, Profile, ProfileField
from plugins.directory.services.profiles import Said, save_profile
from plugins.directory.views.people import grouped

Groups = list[tuple[FieldGroup, list[ProfileField]]]


async def edit(request: Request) -> Response:
    """The form, filled with what is saved."""
    groups, fields, present = await _load(request)
    values: dict[str, Any] = dict(forms.typed(fields, present))
    profile = await Profile.get_or_none(user_id=request.viewer.id)
    absent = await Absence.filter(club_id=request.club.id, user_id=request.viewer.id).exists()
    values |= {"listed": "true" if profile is None or profile.is_listed else "", "present": "" if absent else "true"}
    return await _page(request, groups, Form(values), 200)


async def update(request: Request) -> Response:
    """Save."""
    groups, fields, present = await _load(request)
    form = await read_form(request, forms.profile_model(fields, present))
    if form.input is None:
        form.values = {"listed": "", "present": "", **form.values}
        return await _page(request, groups, form, 422)
    said = forms.said_in(fields, form.input)
    listed, here = bool(getattr(form.input, "listed")), bool(getattr(form.input, "present"))  # noqa: B009 - made at run time
    await save_profile(request.club, fields, said, listed=listed, present=here, actor=request.viewer)
    request.flash(gettext("Your profile is saved."), **_way_back(request, fields, present, said))
    return request.redirect("directory:profile.preview" if listed and here else "directory:profile.edit")


async def put_back(request: Request) -> Response:
    """Give some fields the answers that are sent; the others keep theirs."""
    _, fields, present = await _load(request)
    form = await read_form(request, forms.profile_model(fields, present))
    if form.input is None:
        raise Invalid(gettext("These answers do not fit any more."))
    sent = [one for one in fields if forms.value_name(one) in form.input.model_fields_set]
    await save_profile(request.club, sent, forms.said_in(sent, form.input), actor=request.viewer)
    request.flash(gettext("Your answers are back."))
    return request.redirect("directory:profile.edit")


async def preview(request: Request) -> Response:
    """The profile as others see it: members, or moderators."""
    audience = "moderators" if request.query_params.get("as") == "moderators" else "members"
    sees = queries.MODERATORS_SEE if audience == "moderators" else queries.MEMBERS_SEE
    try:
        person = await queries.get_person(request.club, str(request.viewer.id), queries.Sight(sees, inside=True))
    except NotFound:
        person = None
    return await request.page(
        "directory/profile/preview.html", person=person, groups=grouped(person) if person else [], audience=audience
    )


def _way_back(
    request: Request, fields: list[ProfileField], present: dict[int, Answer], said: dict[int, Said]
) -> dict[str, Any]:
    """Where answers that were emptied can be put back, and those answers."""
    emptied = [one for one in fields if one.id in present and present[one.id].text and not said[one.id].text]
    if not emptied:
        return {}
    return {"undo": request.path("directory:answers.update"), "fields": forms.typed(emptied, present)}


async def _load(request: Request) -> tuple[Groups, list[ProfileField], dict[int, Answer]]:
    groups = await queries.list_groups()
    answers = await Answer.filter(user_id=request.viewer.id)
    fields = [field for _, fields in groups for field in fields]
    return groups, fields, {answer.field_id: answer for answer in answers}


async def _page(request: Request, groups: Groups, form: Form[Any], status: int) -> Response:
    labels = {forms.value_name(one): one.title for _, fields in groups for one in fields}
    return await request.page(
        "directory/profile/edit.html",
        status,
        form=form,
        groups=[(group.title, [_asked(one) for one in fields]) for group, fields in groups],
        labels=labels,
        audiences=[(audience, gettext(label)) for audience, label in AUDIENCES.items()],
    )


def _asked(field: ProfileField) -> dict[str, Any]:
    types = {"long": "textarea", "choice": "select", "phone": "tel", "url": "url"}
    return {
        "name": forms.value_name(field),
        "audience": forms.audience_name(field),
        "label": field.title,
        "hint": field.advice,
        "type": types.get(field.kind, "text"),
        "choices": field.choices,
        "options": [(choice, choice) for choice in field.choices],
        "longest": forms.LENGTHS[field.kind],
    }
