"""What happens to polls."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOpened(Event, name="poll.poll_opened"):
    """Somebody asked the club a question."""

    poll_id: int
