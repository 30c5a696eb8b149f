"""Who may do what with polls."""

from cercle import N_, permission

EVERYBODY = ("owner", "moderator", "member", "guest")

VIEW = permission("poll.view", N_("See the polls"), EVERYBODY, writes=False)
VOTE = permission("poll.vote", N_("Vote"), EVERYBODY)
ASK = permission("poll.ask", N_("Ask the club a question"), ("owner", "moderator", "member"))
CLOSE = permission("poll.close", N_("Close a poll"), ("owner", "moderator"), author=True)
