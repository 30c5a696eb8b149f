"""Reading the directory: fields, and people as far as a viewer may see them."""

from plugins.directory.queries.fields import list_groups
from plugins.directory.queries.people import (
    count_people,
    facets_of,
    get_person,
    list_people,
    new_person,
    newest_people,
    people_anywhere,
)
from plugins.directory.queries.results import (
    MEMBERS_SEE,
    MODERATORS_SEE,
    Asked,
    Facet,
    Person,
    Shown,
    Sight,
    asked_for,
    photo_url,
    sight_of,
)

__all__ = [
    "MEMBERS_SEE",
    "MODERATORS_SEE",
    "Asked",
    "Facet",
    "Person",
    "Shown",
    "Sight",
    "asked_for",
    "count_people",
    "facets_of",
    "get_person",
    "list_groups",
    "list_people",
    "new_person",
    "newest_people",
    "people_anywhere",
    "photo_url",
    "sight_of",
]
