"""Who may do what with polls. The roles are what a club begins with; its owner changes them in the matrix."""

from cercle import N_, permission

EVERYBODY = ("owner", "moderator", "member", "guest")

VIEW = permission("poll.view", N_("See the polls"), EVERYBODY, writes=False)
VOTE = permission("poll.vote", N_("Vote"), EVERYBODY)
ASK = permission("poll.ask", N_("Ask the club a question"), ("owner", "moderator", "member"))
# With `author=True` whoever asked may do it to their own poll, whatever their role; the view says which poll it is.
CLOSE = permission("poll.close", N_("Close polls and open them again"), ("owner", "moderator"), author=True)
REMOVE = permission("poll.remove", N_("Remove polls"), ("owner", "moderator"), author=True)
