"""The signs with which people react to a comment: few, so that each has a meaning."""

from cercle import N_

SIGNS = {
    "thumb": ("👍", N_("I agree")),
    "heart": ("❤️", N_("I like it")),
    "party": ("🎉", N_("Congratulations")),
    "smile": ("😄", N_("It makes me smile")),
    "think": ("🤔", N_("I wonder")),
    "eyes": ("👀", N_("I am looking at it")),
}
"""The word that is stored -> the sign, and what it says."""
