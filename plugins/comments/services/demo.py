"""Discussions of a made-up network of independent consultants, in the language of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cercle import Club, Content, access_for
from plugins.comments.models import Comment
from plugins.comments.queries.items import Item
from plugins.comments.services.reactions import put_sign
from plugins.comments.services.states import accept_answer, resolve_thread
from plugins.comments.services.writing import Words, write_comment


@dataclass(frozen=True, slots=True)
class Said:
    """One comment of the demo.

    Args:
        about: the beginning of the title of the item.
        author: of the cast; the owner where that person is not in the club.
        hours: how long ago.
        text: what it says.
        reply_to: the place in `SAID` of the comment that it replies to.
        exact: the passage that it is about.
        signs: who said which sign to it.
        answers: that the reply is accepted.
    """

    about: str
    author: str
    hours: int
    text: str
    reply_to: int | None = None
    exact: str = ""
    signs: tuple[tuple[str, str], ...] = ()
    answers: bool = False


SAID = (
    Said(
        "Répondre à plusieurs à un appel d’offres",
        "paul",
        70,
        "Merci, très utile. **Comment répartissez-vous le prix** quand l’un de nous passe deux fois plus de temps en réunion ?",
        signs=(("nadia", "thumb"), ("claire", "think")),
    ),
    Said(
        "Répondre à plusieurs à un appel d’offres",
        "claire",
        66,
        "Chez nous, le mandataire a dix pour cent pour le suivi, le reste va aux jours *annoncés au départ*. "
        "Tout dépassement se discute avant, jamais après.",
        reply_to=0,
        signs=(("paul", "heart"), ("yves", "thumb"), ("nadia", "thumb")),
        answers=True,
    ),
    Said(
        "Répondre à plusieurs à un appel d’offres",
        "paul",
        65,
        "Clair et simple, je reprends l’idée pour le groupement de Dax.",
        reply_to=1,
    ),
    Said(
        "Répondre à plusieurs à un appel d’offres",
        "yves",
        30,
        "J’ajouterais l’assurance : demandez l’attestation de chacun **avant** de signer le groupement.",
        exact="Une heure, pas plus, pour décider.",
    ),
    Said(
        "Compte rendu de la rencontre de Bayonne",
        "claire",
        120,
        "Je veux bien relire la trame du plan climat. @paul, tu me l’envoies quand elle est prête ?",
        signs=(("paul", "thumb"),),
    ),
    Said(
        "Compte rendu de la rencontre de Bayonne",
        "paul",
        118,
        "Elle part demain matin, avec les chiffres de deux communes.",
        reply_to=4,
        signs=(("claire", "party"),),
    ),
    Said(
        "Tarifs et devis",
        "claire",
        52,
        "Quinze jours ou un mois, chez vous ? Au-delà, mes devis finissent dans un tiroir.",
        exact="une date de fin de validité",
        signs=(("paul", "smile"),),
    ),
    Said(
        "Tarifs et devis",
        "yves",
        49,
        "Un mois, et un mot la semaine d’avant : « Le devis court jusqu’à vendredi. » Il décide souvent à ce moment-là.",
        reply_to=6,
        signs=(("claire", "heart"), ("nadia", "thumb")),
    ),
    Said(
        "Préparer un atelier",
        "bruno",
        28,
        "Et quand la salle est prise juste avant nous ? J’ai installé les tables devant le groupe, la dernière fois.",
        exact="Arriver une heure avant.",
    ),
    Said(
        "Préparer un atelier",
        "nadia",
        26,
        "Je fais installer par le groupe : c’est le premier exercice, et il brise la glace.",
        reply_to=8,
        signs=(("bruno", "party"), ("odile", "thumb")),
    ),
)


async def seed(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Some threads with replies and signs; doing it again changes nothing."""
    if await Comment.filter(club_id=club.id).exists():
        return
    viewers = {name: await access_for(app, club, user_id=user.id, name=user.name) for name, user in cast.items()}
    made = dict[int, Comment]()
    for place, said in enumerate(SAID):
        item = await _item(club, said.about)
        if item is None or (said.reply_to is not None and said.reply_to not in made):
            continue
        to = made[said.reply_to].id if said.reply_to is not None else None
        writer, at = viewers.get(said.author, viewers["owner"]), datetime.now(UTC) - timedelta(hours=said.hours)
        words = Words(said.text, to, said.exact)
        made[place], _ = await write_comment(club, item, words, actor=writer, at=at)
        for name, sign in said.signs:
            if name in viewers:
                await put_sign(made[place], sign, actor=viewers[name])
        if said.answers:
            await accept_answer(made[place])
    if 4 in made:
        await resolve_thread(made[4], actor=viewers["owner"])


async def _item(club: Club, title: str) -> Item | None:
    found = Content.filter(club_id=club.id, title__startswith=title, state="published").exclude(plugin="comments")
    content = await found.first()
    return Item(content, "open") if content else None
