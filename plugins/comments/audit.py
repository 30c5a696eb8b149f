"""How what moderators do with comments reads in the audit log."""

from cercle import N_

actions = {
    "comments.comment_removed": N_("%(actor)s removed a comment of somebody else on %(subject)s"),
    "comments.thread_locked": N_("%(actor)s locked a discussion of %(subject)s"),
    "comments.item_state_changed": N_("%(actor)s changed whether %(subject)s can be commented on"),
}
