"""What a role may do with the activity of a club."""

from cercle import N_, permission

VIEW = permission("activity.view", N_("See what happened"), ("owner", "moderator", "member", "guest"), writes=False)
