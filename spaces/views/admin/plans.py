"""Plans: how much clubs may store and how many may belong to them, for all kinds and for each; and who is above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from core.current import app
from core.errors import Invalid
from core.forms import Form, Input, Line, StringConstraints, read_form
from core.http import Request
from core.i18n import filesize, gettext, number
from core.sizes import read_size, write_size
from spaces.decisions import REASON_LENGTH
from spaces.models import ClubPlan
from spaces.queries.clubs import load_site_settings
from spaces.queries.plans import clubs_above_plan, clubs_with_own_plan, plans_of_kinds
from spaces.services import NewPlan, set_plans
from spaces.services.plans import LEAST_QUOTA, MOST_MEMBERS, MOST_QUOTA
from spaces.views.admin.pages import console
from spaces.views.choices import kind_options

LISTED = 50
ALL_KINDS = "-"


def _size(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        size = read_size(value)
    except Invalid as error:
        raise ValueError(error.message) from None
    if not LEAST_QUOTA <= size <= MOST_QUOTA:
        raise ValueError(gettext("From 1 MB to 1 PB, please."))
    return size


def _count(value: object) -> object:
    if not isinstance(value, str):
        return value
    digits = "".join(value.split())
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) < 9 and 1 <= int(digits) <= MOST_MEMBERS):
        raise ValueError(gettext("A number from 1 to %(most)s, please.", most=number(MOST_MEMBERS)))
    return int(digits)


Size = Annotated[int | None, BeforeValidator(_size)]
Count = Annotated[int | None, BeforeValidator(_count)]
Reason = Annotated[Line, StringConstraints(max_length=REASON_LENGTH)]
Word = Annotated[Line, StringConstraints(max_length=20)]
Was = Annotated[Line, StringConstraints(max_length=REASON_LENGTH + 60)]


class ClubPlanInput(Input):
    """The plan of one club; a limit left empty is that of its kind."""

    quota: Size = None
    members: Count = None
    reason: Reason = ""


class PlansInput(Input):
    """The plans of all kinds together, one entry of each list for each kind.

    Args:
        kind: their names; `-` for all kinds.
        quota, members, reason: what they say.
        was: what the page showed; what somebody else changed since stays as it is.
    """

    kind: list[Word] = Field(max_length=50)
    quota: list[Size] = Field(max_length=50)
    members: list[Count] = Field(max_length=50)
    reason: list[Reason] = Field(max_length=50)
    was: list[Was] = Field(max_length=50)

    def changes(self) -> list[NewPlan]:
        """The plans that the sender changed.

        Raises:
            Invalid: when the lists do not fit together.
        """
        try:
            rows = list(zip(self.kind, self.quota, self.members, self.reason, self.was, strict=True))
        except ValueError:
            raise Invalid(gettext("This form cannot be read. Load the page again and send it once more.")) from None
        return [
            NewPlan(quota, members, reason, kind.strip(ALL_KINDS))
            for kind, quota, members, reason, was in rows
            if facts_of(quota, members, reason) != was
        ]


@dataclass(frozen=True, slots=True)
class Row:
    """The plan of a kind as the page shows it.

    Args:
        kind: its name, `-` for all kinds.
        label: in the reader's words.
        place: where it stood in the lists that were sent, else its name.
        quota, members, reason: as typed, or as they are.
        was: what is stored, in one text.
        plan: what is stored, None when nothing is.
        wider_quota, wider_members: what holds where nothing is entered.
        errors: sentences by field.
    """

    kind: str
    label: str
    place: str
    quota: str
    members: str
    reason: str
    was: str
    plan: ClubPlan | None
    wider_quota: str
    wider_members: str
    errors: Mapping[str, list[str]]


async def index(request: Request) -> Response:
    """The plans of all kinds, the clubs above them and those with one of their own."""
    return await _page(request)


async def update(request: Request) -> Response:
    """Save the plans that were changed."""
    form = await read_form(request, PlansInput)
    if form.is_valid:
        try:
            await set_plans(form.data.changes(), actor=request.viewer)
            request.flash(gettext("Saved. It holds from now on."))
            return request.redirect("spaces:admin.plans")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, form)


def facts_of(quota: int | None, members: int | None, reason: str) -> str:
    """A plan in one text, to see whether somebody changed it."""
    return f"{quota or '-'} {members or '-'} {reason}".strip()


def plan_values(plan: ClubPlan | None) -> dict[str, Any]:
    """A stored plan as a person would type it."""
    if plan is None:
        return {"quota": "", "members": "", "reason": ""}
    quota, members = plan.quota, plan.member_limit
    return {
        "quota": "" if quota is None else write_size(quota),
        "members": "" if members is None else str(members),
        "reason": plan.reason,
    }


async def _page(request: Request, form: Form[PlansInput] | None = None) -> Response:
    kinds = [(ALL_KINDS, gettext("All clubs")), *kind_options(await load_site_settings())]
    stored = await plans_of_kinds()
    above, own = await clubs_above_plan(LISTED), await clubs_with_own_plan(LISTED)
    return await console(
        request,
        "plans.html",
        "admin.plans",
        200 if form is None else 422,
        form=form or Form[PlansInput](),
        rows=[_row(kind, label, stored, form) for kind, label in kinds],
        above=above[:LISTED],
        own=own[:LISTED],
        more_above=len(above) > LISTED,
        more_own=len(own) > LISTED,
        kinds=dict(kinds),
    )


def _row(kind: str, label: str, stored: Mapping[str, ClubPlan], form: Form[PlansInput] | None) -> Row:
    plan, everybody = stored.get(kind.strip(ALL_KINDS)), stored.get("")
    wider = everybody if kind != ALL_KINDS else None
    quota = wider.quota if wider and wider.quota is not None else app().settings.club_quota
    members = wider.member_limit if wider else None
    facts = facts_of(plan.quota, plan.member_limit, plan.reason) if plan else facts_of(None, None, "")
    values = {**plan_values(plan), "was": facts}
    errors: dict[str, list[str]] = {name: [] for name in values}
    place = kind
    if form is not None and kind in (sent := form.values.get("kind", [])):
        place = sent.index(kind)
        values = {name: _at(form.values.get(name), place) for name in values}
        errors = {name: form.errors.get(f"{name}.{place}", []) for name in values}
    return Row(
        kind=kind,
        label=label,
        place=str(place),
        **values,
        plan=plan,
        wider_quota=filesize(quota),
        wider_members=gettext("no limit") if members is None else number(members),
        errors=errors,
    )


def _at(texts: object, place: int) -> str:
    return str(texts[place]) if isinstance(texts, list) and place < len(texts) else ""
