"""What happens to polls, for the plugins that want to know."""

from dataclasses import dataclass

from cercle import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOpened(Event, name="poll.poll_opened"):
    """Somebody asked the club a question."""

    poll_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollClosed(Event, name="poll.poll_closed"):
    """A poll takes no more votes; everybody may see its results. Without an actor, its day has come."""

    poll_id: int
