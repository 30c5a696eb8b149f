"""Made-up profiles for the people of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cercle import atomic, fold
from plugins.directory.models import Answer, Profile, ProfileField
from plugins.directory.services.profiles import write_tags

_PROFILES: dict[str, dict[str, str]] = {
    "owner": {
        "trade": "Conseil en organisation",
        "region": "Gironde",
        "skills": "animation de réseau\nconduite du changement\nfacilitation",
        "can_help": "facilitation\nlancer un club",
        "looking_for": "relations presse",
        "phone": "+33 5 56 00 10 20",
        "website": "https://castaing-conseil.example",
        "languages": "français\nanglais",
        "availability": "Le mardi et le jeudi, de préférence le matin.",
    },
    "member": {
        "trade": "Qualité",
        "region": "Pyrénées-Atlantiques",
        "skills": "Qualiopi\nISO 9001\naudit interne",
        "can_help": "Qualiopi\naudit à blanc",
        "looking_for": "prise de parole",
        "phone": "+33 5 59 00 11 22",
        "languages": "français\nespagnol\nbasque",
        "availability": "Disponible pour de nouvelles missions à partir de janvier.",
    },
    "nadia": {
        "trade": "Formation",
        "region": "Gironde",
        "skills": "management\nprise de parole\nQualiopi",
        "can_help": "prise de parole\nconstruire un atelier",
        "looking_for": "audit à blanc",
        "website": "https://belkacem-formation.example",
        "languages": "français\nanglais\narabe",
    },
    "yves": {
        "trade": "Expertise comptable",
        "region": "Landes",
        "skills": "transmission d’entreprise\névaluation financière\nfiscalité",
        "can_help": "transmission d’entreprise\nprévisionnel",
        "phone": "+33 5 58 00 12 24",
        "languages": "français\nbreton",
        "availability": "Pas avant la fin de la période fiscale.",
    },
    "claire": {
        "trade": "Systèmes d’information",
        "region": "Gironde",
        "skills": "cybersécurité\nRGPD\nchoix de logiciels",
        "can_help": "RGPD\nchoix de logiciels",
        "looking_for": "bilan de compétences",
        "website": "https://dussutour-si.example",
        "languages": "français\nanglais",
    },
    "paul": {
        "trade": "Sécurité au travail",
        "region": "Pyrénées-Atlantiques",
        "skills": "document unique\nprévention des risques\nQualiopi",
        "can_help": "document unique",
        "looking_for": "choix de logiciels",
        "phone": "+33 5 59 00 13 26",
        "languages": "français\nbasque",
    },
    "ines": {
        "trade": "Communication",
        "region": "Dordogne",
        "skills": "relations presse\nrédaction\nréseaux sociaux",
        "can_help": "relations presse",
        "languages": "français\nitalien",
    },
    "bruno": {
        "trade": "Énergie",
        "region": "Lot-et-Garonne",
        "skills": "audit énergétique\ndécret tertiaire\nphotovoltaïque",
        "can_help": "audit énergétique\naides et financements",
        "looking_for": "transmission d’entreprise",
        "languages": "français\nallemand",
    },
    "odile": {
        "trade": "Ressources humaines",
        "region": "Dordogne",
        "skills": "bilan de compétences\nrecrutement\nVAE",
        "can_help": "bilan de compétences\nrecrutement",
        "phone": "+33 5 53 00 14 28",
        "languages": "français\nitalien",
    },
}
_AUDIENCES = {
    "member": {"phone": "moderators"},
    "yves": {"phone": "nobody", "trade": "site"},
    "nadia": {"website": "site", "can_help": "site"},
    "odile": {"phone": "moderators", "languages": "nobody"},
}


async def seed_profiles(cast: Mapping[str, Any]) -> None:
    """Fill in what the demo's people say about themselves. Whoever has a profile already keeps it.

    Args:
        cast: users by their name in the demo.
    """
    fields = {field.key: field for field in await ProfileField.all()}
    for name, user in cast.items():
        async with atomic():
            _, is_new = await Profile.get_or_create(user_id=user.id)
            if is_new:
                await _fill(name, user.id, fields)


async def _fill(name: str, user_id: int, fields: Mapping[str, ProfileField]) -> None:
    for key, text in _PROFILES.get(name, {}).items():
        if key in fields:
            audience = _AUDIENCES.get(name, {}).get(key, "club")
            answer = await Answer.create(
                user_id=user_id, field_id=fields[key].id, text=text, folded=fold(text), audience=audience
            )
            await write_tags(answer, fields[key])
