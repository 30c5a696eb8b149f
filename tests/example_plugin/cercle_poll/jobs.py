"""Work beside the requests. The database says what is due, so a run that is killed or comes twice does no harm."""

from datetime import timedelta

from cercle import Job
from cercle_poll.services import close_due

jobs = (Job("poll.close_due", close_due, every=timedelta(minutes=5)),)
