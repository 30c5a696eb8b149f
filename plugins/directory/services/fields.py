"""Changing the fields of profiles. Nothing here deletes an answer: a field is hidden, never removed."""

from __future__ import annotations

from collections.abc import Sequence

from slugify import slugify
from tortoise.exceptions import IntegrityError

from cercle import N_, Conflict, Invalid, Viewer, atomic, audit, gettext
from plugins.directory.models import CAN_HELP, KINDS, LOOKING_FOR, SKILL_FACET, SKILLS, FieldGroup, ProfileField

MOST_FIELDS = 60
MOST_GROUPS = 20
RESERVED = {SKILL_FACET, "q", "after", "limit", "listed", "present"}
CONVERTIBLE = {"text", "choice"}

_START = (
    (
        N_("Work"),
        (
            ("trade", N_("Trade"), "text", N_("What you do, in a word or two."), True),
            ("region", N_("Region"), "text", N_("Where you work."), True),
        ),
    ),
    (
        N_("Skills"),
        (
            (CAN_HELP, N_("Can help with"), "list", N_("What others may ask you about. Separate with commas."), True),
            (SKILLS, N_("Skills"), "list", N_("What you know well. Separate with commas."), True),
            (LOOKING_FOR, N_("Looking for"), "list", N_("What you need help with. Separate with commas."), True),
        ),
    ),
    (
        N_("Contact"),
        (
            ("phone", N_("Phone"), "phone", "", False),
            ("website", N_("Website"), "url", "", False),
            ("languages", N_("Languages"), "list", N_("Separate with commas."), True),
            (
                "availability",
                N_("Availability"),
                "long",
                N_("When you can be reached, when you have time for new work."),
                False,
            ),
        ),
    ),
)


async def make_first_fields() -> bool:
    """Make the fields that a new site begins with; answers whether it did. Two processes that start at once make them once."""
    if await ProfileField.all().exists():
        return False
    try:
        async with atomic():
            for place, (label, fields) in enumerate(_START):
                group = await FieldGroup.create(label=label, position=place)
                for position, (key, name, kind, hint, is_facet) in enumerate(fields):
                    values = {"label": name, "kind": kind, "hint": hint, "is_facet": is_facet, "position": position}
                    await ProfileField(group=group, key=key, **values).save()
    except IntegrityError:
        return False
    return True


async def add_group(label: str, *, actor: Viewer) -> FieldGroup:
    """Add a group below the others.

    Raises:
        Conflict: when there are too many.
    """
    async with atomic():
        known = await FieldGroup.all().order_by("position", "id")
        if len(known) >= MOST_GROUPS:
            raise Conflict(gettext("There are too many groups already."))
        group = await FieldGroup.create(label=label, position=_next(known))
        await audit.record("directory.group_added", actor=actor, subject=label)
    return group


async def rename_group(group: FieldGroup, label: str, *, actor: Viewer) -> None:
    """Give a group another heading."""
    async with atomic():
        await FieldGroup.filter(id=group.id).update(label=label)
        await audit.record(
            "directory.group_renamed", actor=actor, subject=label, before={"label": group.label}, after={"label": label}
        )


async def add_field(
    group: FieldGroup, *, label: str, kind: str, hint: str, choices: list[str], is_facet: bool, actor: Viewer
) -> ProfileField:
    """Add a field at the end of a group. Its key is made from the label and never changes.

    Raises:
        Conflict: when there are too many.
    """
    _check_choices(kind, choices)
    async with atomic():
        known = await ProfileField.all().order_by("position", "id")
        if len(known) >= MOST_FIELDS:
            raise Conflict(gettext("There are too many fields already."))
        field = await ProfileField.create(
            group=group,
            key=_free_key(label, {one.key for one in known} | RESERVED),
            label=label,
            kind=kind,
            hint=hint,
            choices=choices,
            is_facet=is_facet,
            position=_next([one for one in known if one.group_id == group.id]),
        )
        await audit.record("directory.field_added", actor=actor, subject=label, after={"key": field.key, "kind": kind})
    return field


async def change_field(
    field: ProfileField,
    group: FieldGroup,
    *,
    label: str,
    kind: str,
    hint: str,
    choices: list[str],
    is_facet: bool,
    is_hidden: bool,
    actor: Viewer,
) -> None:
    """Change a field; what people answered stays, also while the field is hidden.

    Raises:
        Invalid: for another kind, unless it is a line of text that becomes a choice or the other way round.
    """
    if kind != field.kind and {kind, field.kind} != CONVERTIBLE:
        raise Invalid(gettext("A field with answers keeps its kind; hide it and add another."), field="kind")
    _check_choices(kind, choices)
    values = {
        "label": label,
        "kind": kind,
        "hint": hint,
        "choices": choices,
        "is_facet": is_facet,
        "is_hidden": is_hidden,
    }
    before = {name: getattr(field, name) for name in values}
    async with atomic():
        if group.id != field.group_id:
            field.position = _next(await ProfileField.filter(group_id=group.id).order_by("position", "id"))
        field.update_from_dict({**values, "group_id": group.id})
        await field.save()
        await audit.record("directory.field_changed", actor=actor, subject=field.key, before=before, after=dict(values))


async def move_group(group: FieldGroup, *, up: bool) -> None:
    """Swap a group with its neighbour."""
    async with atomic():
        await _move(await FieldGroup.all().order_by("position", "id"), group.id, up)


async def move_field(field: ProfileField, *, up: bool) -> None:
    """Swap a field with its neighbour in the group."""
    async with atomic():
        await _move(await ProfileField.filter(group_id=field.group_id).order_by("position", "id"), field.id, up)


async def _move(rows: Sequence[FieldGroup] | Sequence[ProfileField], moved: int, up: bool) -> None:
    order = [row.id for row in rows]
    place = order.index(moved)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for row in rows:
        row.position = order.index(row.id)
        await row.save(update_fields=["position"])


def _next(rows: Sequence[FieldGroup] | Sequence[ProfileField]) -> int:
    return max((row.position for row in rows), default=-1) + 1


def _check_choices(kind: str, choices: list[str]) -> None:
    if kind not in KINDS:
        raise Invalid(gettext("Please choose one of the listed values."), field="kind")
    if kind == "choice" and not choices:
        raise Invalid(gettext("Give at least one choice, each on a line of its own."), field="choices")


def _free_key(label: str, taken: set[str]) -> str:
    plain = slugify(label, max_length=34, separator="_") or "field"
    plain = plain if plain[0].isalpha() else f"field_{plain}"[:34]
    numbered = (f"{plain}_{number}" for number in range(2, MOST_FIELDS + len(RESERVED) + 3))
    return next(key for key in (plain, *numbered) if key not in taken)
