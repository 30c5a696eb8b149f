"""From the text of a page to the HTML that is stored: where its links lead, its outline, its words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cercle import (
    CALLOUTS,
    Club,
    Invalid,
    Target,
    current_app,
    gettext,
    render_in_child,
    speaking,
    wiki_links_in_child,
)
from plugins.wiki.names import file_url, missing_url, page_url, slug_of
from plugins.wiki.queries import titles_of

MAX_LINKS = 1000


class NamedFile(Protocol):
    """An attachment, stored already or not yet."""

    @property
    def name(self) -> str: ...
    @property
    def key(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Made:
    """What a text became.

    Args:
        html, toc, text: safe HTML, the outline as (level, id, words), the plain words.
        names: the names in its links.
        digest: changes when a link would lead elsewhere.
    """

    html: str
    toc: list[tuple[int, str, str]]
    text: str
    names: tuple[str, ...]
    digest: str

    @property
    def targets(self) -> list[str]:
        """The slugs that the links stand for."""
        return sorted({slug for slug in map(slug_of, self.names) if slug})


async def render_page(club: Club, body: str, files: Iterable[NamedFile] = ()) -> Made:
    """Render the text of a page.

    Args:
        club: where the page is.
        body: Markdown.
        files: its attachments, which the text refers to by their names.

    Raises:
        Invalid: when the text is too long, too complex or has too many links.
    """
    names = await wiki_links_in_child(body)
    if len(names) > MAX_LINKS:
        raise Invalid(gettext("A page can link to at most %(most)s others.", most=MAX_LINKS), field="body")
    targets, digest = await resolve(club, names)
    targets = {file.name: Target(file_url(club, file.key, file.name)) for file in files} | targets
    rendered = await render_in_child(body, targets=targets, callouts=_callout_titles())
    toc = [(heading.level, heading.id, heading.text[:200]) for heading in rendered.toc[:200]]
    return Made(rendered.html, toc, rendered.text, names, digest)


async def resolve(club: Club, names: Iterable[str]) -> tuple[dict[str, Target], str]:
    """Where the names in a text lead now, and a digest of that."""
    slugs = {name: slug_of(name) for name in names}
    known = await titles_of(club.id, {slug for slug in slugs.values() if slug})
    targets = {name: _target(club, name, known.get(slug)) for name, slug in slugs.items() if slug}
    facts = sorted(f"{slug}\0{known.get(slug)}" for slug in slugs.values())
    return targets, hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _target(club: Club, name: str, found: tuple[str, str] | None) -> Target:
    if found is None:
        return Target(missing_url(club, name), exists=False)
    slug, title = found
    return Target(page_url(club, slug), title=title)


def _callout_titles() -> Mapping[str, str]:
    """In the language of the site: the HTML is stored once for all readers."""
    with speaking(current_app().settings.locale):
        return {kind: gettext(title) for kind, title in CALLOUTS.items()}
