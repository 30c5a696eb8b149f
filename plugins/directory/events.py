"""What happens in the directory. Events carry no answers: who may see those is decided when they are read."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChanged(Event, name="directory.profile_changed"):
    """Somebody changed what they say about themselves."""

    user_id: int
