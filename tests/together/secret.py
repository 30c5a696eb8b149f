"""Words that nobody can guess, planted wherever people write: in items of three plugins, in a comment and in a name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cercle import Club, Content
from cercle.testing import Village
from core.accounts.models import User
from plugins.blog.models import Post
from plugins.comments.models import Comment
from plugins.comments.queries.items import find_item
from plugins.comments.services.writing import Words, write_comment
from plugins.wiki.models import Page
from plugins.wiki.services.drafts import Draft
from plugins.wiki.services.pages import create_page
from tests.blog.writing import write
from tests.core.documents import docx

LURE = "workbench"
OF_THE_POST = ("post title", "post text", "post tag")
OF_THE_REST = ("page title", "page text", "file name", "file text")
SAID = ("comment", "author")
_LETTERS = "bcdfghjklmnprstvwx"
_CHANCE = secrets.SystemRandom()


def new_words() -> dict[str, str]:
    """A word for each place, without a vowel, so that none is part of an ordinary one.

    No letter comes twice, so that two that change places make another word: the mistake that the search is to mend.
    """
    origins = (*OF_THE_POST, *OF_THE_REST, *SAID)
    return {origin: "zq" + "".join(_CHANCE.sample(_LETTERS, 10)) for origin in origins}


@dataclass(slots=True)
class Secret:
    """What was planted.

    Args:
        village: where.
        club: that holds it.
        author: who wrote all of it, and whose name is one of the words.
        words: the word of each place.
        post: in the blog.
        page, file, comment: what else there is; None where only a post was planted.
    """

    village: Village
    club: Club
    author: User
    words: dict[str, str]
    post: Post
    page: Page | None = None
    file: int | None = None
    comment: Comment | None = None

    def seen_in(self, text: str) -> set[str]:
        """The places of which a text holds the words."""
        folded = text.casefold()
        return {origin for origin, word in self.words.items() if word in folded}


async def plant(village: Village, club: Club, *, state: str = "published", audience: str = "club") -> Secret:
    """A post of somebody new, and, where members may read it, a page, a file, a comment and a sign of life as well."""
    words = new_words()
    author = await village.person(f"{LURE.title()} {words['author'].title()}")
    await village.join(author, club, "owner")
    post = await write(
        village,
        f"The {LURE} {words['post title']}",
        author=author,
        club=club,
        body=f"A {LURE} {words['post text']} of mine.",
        tags=words["post tag"],
        state=state,
    )
    secret = Secret(village, club, author, words, post)
    if state == "published":
        secret.comment = await _say(secret)
    if (state, audience) == ("published", "club"):
        await _plant_the_rest(secret)
    else:
        await Content.filter(club_id=club.id).update(audience=audience)  # no form of the bundled plugins asks for it
    await village.settle()
    await village.settle()  # what the first round found was announced in it
    return secret


async def _say(secret: Secret) -> Comment:
    viewer = await secret.village.viewer(secret.author, secret.club)
    item = await find_item(secret.club, "blog", "post", secret.post.id, viewer=viewer)
    said = Words(f"My {LURE} {secret.words['comment']} stands here.", None, "")
    here = f"/c/{secret.club.slug}/presence/items/blog/post/{secret.post.id}"
    answer = await secret.village.client(secret.author).post(here, data={"doing": "reading"})
    assert answer.status_code == 200
    return (await write_comment(secret.club, item, said, actor=viewer))[0]


async def _plant_the_rest(secret: Secret) -> None:
    words, village, slug = secret.words, secret.village, secret.club.slug
    viewer = await village.viewer(secret.author, secret.club)
    draft = Draft(f"Old {LURE} {words['page title']}", f"This {LURE} {words['page text']} is old.")
    secret.page = await create_page(secret.club, draft, actor=viewer)
    content = docx(f"<w:p><w:r><w:t>Every {LURE} {words['file text']} counts</w:t></w:r></w:p>")
    script, browser = village.api(secret.author), village.client(secret.author)
    path = f"clubs/{slug}/files/content/{LURE} {words['file name']}.docx"
    answer = await script.put(path, content=content)
    assert answer.status_code == 201, answer.text
    secret.file = int(answer.json()["id"])
    sign = f"/c/{slug}/comments/{secret.comment.id if secret.comment else 0}/signs"
    assert (await browser.post(sign, data={"sign": "heart"})).status_code in (200, 303)
