"""Posts of a made-up network of independent consultants, in the language of the demo."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cercle import Club, access_for
from plugins.blog.models import Post
from plugins.blog.services.drafts import Draft
from plugins.blog.services.names import parse_tags, slug_of
from plugins.blog.services.occasions import Occasion
from plugins.blog.services.posts import create_post
from plugins.blog.services.publication import Plan, audiences_of


@dataclass(frozen=True, slots=True)
class Story:
    """One post of the demo.

    Args:
        author: of the cast; the owner where that person is not in the club.
        days: how long ago it came out; below zero for days to come; None for a draft.
        audience: whom it is for, where the club lets it.
        meets_in: in how many days it invites to something; None for a post that does not.
        hours: how long that lasts.
        place: where it is.
    """

    author: str
    days: int | None
    audience: str
    title: str
    summary: str
    tags: str
    body: str
    meets_in: int | None = None
    hours: int = 2
    place: str = ""


STORIES = (
    Story(
        "yves",
        41,
        "public",
        "Transmettre son cabinet : ce que j’aurais aimé savoir cinq ans plus tôt",
        "Vendre sa clientèle ne s’improvise pas. Retour sur trois transmissions accompagnées cette année.",
        "transmission, retour d’expérience",
        """On commence presque toujours trop tard. Les trois consultants que j’ai accompagnés cette année voulaient
partir « d’ici dix-huit mois » ; il en a fallu trente, et ce n’est pas une mauvaise nouvelle : ce temps est celui de la confiance.

## Ce que le repreneur achète vraiment

Ni un fichier de clients, ni une marque. Il achète **des habitudes** : le client qui rappelle chaque printemps, le dossier que
l’on retrouve en deux minutes, l’assistante qui connaît les prénoms. Tout ce qui n’existe que dans votre tête ne vaut rien
le jour de la signature.

## Trois choses à faire dès maintenant

1. Écrire, mission par mission, *comment* vous travaillez. Une page suffit.
2. Faire signer des conventions-cadres plutôt que des devis isolés.
3. Prendre un associé sur deux ou trois dossiers, même petits.

> [!TIP]
> Faites évaluer le cabinet deux fois, à un an d’écart. L’écart en dit plus long que le chiffre.

Je tiens à disposition des membres la grille d’évaluation que j’utilise. Venez m’en parler à la prochaine rencontre !
""",
    ),
    Story(
        "nadia",
        19,
        "club",
        "Compte rendu de la rencontre de Bayonne",
        "Vingt-deux participants, un atelier tarifs très vivant, et deux groupements qui se forment.",
        "rencontres, tarifs",
        """Merci à toutes et à tous d’avoir fait la route, et merci à Paul pour l’accueil dans ses locaux.

## L’atelier « Parler de ses prix »

Nous avons joué par trois : un client, un consultant, un observateur. Ce qui ressort :

- annoncer le prix **puis se taire** reste l’exercice le plus difficile ;
- celles et ceux qui présentent deux formules négocient moins ;
- personne ne regrette d’avoir augmenté, plusieurs regrettent d’avoir attendu.

## Deux groupements en préparation

| Sujet | Qui | Prochaine étape |
| --- | --- | --- |
| Plan climat des petites communes | Paul, Claire | réunion le mois prochain |
| Parcours pour managers de proximité | Nadia, Marc | trame commune à relire |

Il reste de la place dans les deux : écrivez-nous.
""",
    ),
    Story(
        "member",
        8,
        "public",
        "Répondre à plusieurs à un appel d’offres : notre méthode en une page",
        "Qui porte, qui écrit, qui relit, et comment on se sépare bons amis si l’on perd. Notre méthode.",
        "appels d’offres, méthode, groupement",
        """Seul, un indépendant passe sous le radar de la plupart des marchés. À quatre, nous en avons gagné trois l’an dernier.
Voici ce que nous faisons à chaque fois.

## Avant d’écrire une ligne

**Une heure, pas plus, pour décider.** Chacun répond à trois questions : ai-je le temps, ai-je une référence, ai-je envie ? Un
seul « non » et l’on passe notre tour.

## Les quatre rôles

- *Le mandataire* signe, dépose et parle au client. Il ne rédige pas.
- *La plume* tient le texte de bout en bout, pour qu’il n’ait qu’une voix.
- *Le chiffreur* construit le prix avec les temps annoncés par chacun.
- *L’œil neuf* n’a rien écrit et relit la veille.

## Et si l’on perd ?

On demande toujours le rapport d’analyse, on le lit ensemble, et l’on note **une seule** chose à changer. C’est la
troisième réponse qui a été la bonne.
""",
    ),
    Story(
        "claire",
        3,
        "club",
        "Facture électronique : où en sommes-nous ?",
        "Le calendrier, ce qui change pour nos petites structures et la liste des questions à poser à votre comptable.",
        "numérique, gestion",
        """Beaucoup d’entre vous m’ont posé la question, alors voici une réponse commune.

- **Recevoir** des factures électroniques concernera tout le monde en même temps, même les plus petits.
- **Émettre** viendra ensuite pour nos tailles d’entreprise.
- Un fichier PDF envoyé par courriel *ne sera pas* une facture électronique.

Avant de choisir un outil, posez trois questions à votre comptable : quelle plateforme utilise le cabinet, que
coûte la réception, et peut-on récupérer ses archives dans un format ouvert ?

Je propose une permanence d’une heure à la prochaine rencontre pour celles et ceux qui veulent regarder leur cas.
""",
    ),
    Story(
        "yves",
        5,
        "club",
        "Atelier : parler de ses prix, deuxième séance",
        "On reprend le jeu à trois de Bayonne, avec vos propres propositions en cours.",
        "rencontres, tarifs",
        """Apportez **une proposition que vous n’avez pas encore envoyée**. Nous la lirons à trois, comme la dernière fois :
un client, un consultant, un observateur.

Douze places. Le café et la salle sont offerts par Paul ; pour le covoiturage depuis Bordeaux, écrivez à Claire.
""",
        meets_in=12,
        hours=3,
        place="Bayonne, 4 quai des Corsaires",
    ),
    Story(
        "claire",
        2,
        "club",
        "Une heure en visio : factures sans papier",
        "Vos questions, vos cas, et la démonstration d’un envoi de bout en bout.",
        "numérique, gestion",
        """Comme promis : une heure pour regarder ensemble où vous en êtes. Envoyez-moi vos questions avant, je commence par
celles qui reviennent le plus.
""",
        meets_in=4,
        hours=1,
        place="https://visio.example.org/facture",
    ),
    Story(
        "owner",
        -6,
        "club",
        "Le programme de l’automne",
        "Quatre rencontres, une journée d’accueil des nouveaux et une surprise en novembre.",
        "rencontres",
        """Le bureau a bouclé le programme. Notez les dates :

1. **Bordeaux** : vendre une mission longue quand on est seul.
2. **Mont-de-Marsan** : visite d’atelier et déjeuner chez un client de Bruno.
3. **Bayonne** : travailler avec les collectivités.
4. **Pau** : bilan de l’année, et la surprise promise.

Comme d’habitude, chacun peut proposer un sujet : il suffit de l’écrire dans le wiki.
""",
    ),
    Story(
        "member",
        None,
        "club",
        "Brouillon : douze mois sans prospecter ?",
        "",
        "prospection",
        """Notes pour un futur article.

- Partir de mes chiffres : combien de missions viennent d’anciens clients ?
- Demander à Nadia et à Claire si elles font le même constat.
- Ne pas donner de leçon : raconter ce que j’ai essayé, et ce qui n’a pas marché.
""",
    ),
)


async def seed(app: Any, club: Club, cast: Mapping[str, Any]) -> None:
    """Write the posts that are not there yet."""
    for story in STORIES:
        if story.author in cast or story.author == "owner":
            await _tell(app, club, cast[story.author], story)


async def _tell(app: Any, club: Club, author: Any, story: Story) -> None:
    if await Post.filter(club_id=club.id, slug=slug_of(story.title)).exists():
        return
    now = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)  # whatever the time, the same days
    audience = story.audience if story.audience in audiences_of(club) else "club"
    plan, at = Plan("draft", audience), now - timedelta(days=1)
    if story.days is not None and story.days < 0:
        plan = Plan("scheduled", audience, now + timedelta(days=-story.days))
    elif story.days is not None:
        plan, at = Plan("published", audience), now - timedelta(days=story.days, hours=3)
    tags = parse_tags(story.tags.split(","))
    draft = Draft(story.title, _unwrapped(story.body), story.summary, tags, _occasion(story, now))
    viewer = await access_for(app, club, user_id=author.id, name=author.name)
    await create_post(club, draft, actor=viewer, plan=plan, at=at)


def _occasion(story: Story, noon: datetime) -> Occasion | None:
    if story.meets_in is None:
        return None
    start = noon + timedelta(days=story.meets_in, hours=4)
    return Occasion(start, start + timedelta(hours=story.hours), story.place)


def _unwrapped(body: str) -> str:
    """Paragraphs on one line, as people type them."""
    return re.sub(r"(?<!\n)\n(?=[^\W\d_])", " ", body)
