"""Reading the fields of profiles."""

from __future__ import annotations

from plugins.directory.models import FieldGroup, ProfileField


async def list_groups(*, hidden: bool = False) -> list[tuple[FieldGroup, list[ProfileField]]]:
    """The groups with their fields, in order; groups without a field only together with the hidden ones.

    Args:
        hidden: also what is hidden, for the operator.
    """
    if not hidden:
        asked = await ProfileField.filter(is_hidden=False).order_by("position", "id").select_related("group")
        groups = {one.group.id: one.group for one in asked}
        in_order = sorted(groups.values(), key=lambda group: (group.position, group.id))
        return [(group, [one for one in asked if one.group_id == group.id]) for group in in_order]
    everything = await ProfileField.all().order_by("position", "id")
    known = await FieldGroup.all().order_by("position", "id")
    return [(group, [one for one in everything if one.group_id == group.id]) for group in known]
