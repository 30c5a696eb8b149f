"""What the audit log says of the acts of this part, by the name under which they are recorded."""

from __future__ import annotations

from cercle import N_

actions = {
    "directory.field_added": N_("%(actor)s added the profile field %(subject)s"),
    "directory.field_changed": N_("%(actor)s changed the profile field %(subject)s"),
    "directory.group_added": N_("%(actor)s added the group of profile fields %(subject)s"),
    "directory.group_renamed": N_("%(actor)s renamed the group of profile fields %(subject)s"),
}
