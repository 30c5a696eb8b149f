"""One box: finding what one may see, in the page and in the API."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cercle import Content, SearchField, field_mark
from cercle.testing import Village, village_settings
from core.app import Cercle
from core.search_fields import without_marks
from plugins.files.services.publishing import types_of
from plugins.search.services.indexing import catch_up
from plugins.wiki.models import Page
from tests.blog.writing import write
from tests.search.publishing import RESULT, found, publish, shown


async def test_members_find_what_their_club_wrote_and_outsiders_do_not(village: Village) -> None:
    await publish(village.club, 1, "Canaries", words="The zanzibar word.")
    for person in (village.owner, village.moderator, village.member, village.guest):
        assert await found(village, person, "zanzibar") == ["Canaries"]
        assert await shown(village, person, "zanzibar") == ["/c/atelier/wiki/1"]
    for outsider in (village.outsider, village.removed, village.operator, None):
        assert await found(village, outsider, "zanzibar") == []
        assert await shown(village, outsider, "zanzibar") == []


async def test_nobody_outside_finds_anything_of_a_hidden_club(village: Village) -> None:
    await publish(village.hidden, 1, "Zanzibar", audience="public")
    assert await found(village, village.owner, "zanzibar") == ["Zanzibar"]
    for person in (village.member, village.outsider, None):
        answer = await village.client(person).get("/search?q=zanzibar")
        assert "cave" not in answer.text.lower()
        assert await found(village, person, "zanzibar", club="cave") == []


async def test_public_things_are_found_without_an_account(village: Village) -> None:
    await publish(village.public, 1, "Open zanzibar", audience="public")
    assert await found(village, None, "zanzibar") == ["Open zanzibar"]
    assert await shown(village, None, "zanzibar") == ["/c/place/wiki/1"]


async def test_drafts_are_found_by_their_author_alone(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar", state="draft", author_id=village.member.id)
    assert await found(village, village.member, "zanzibar") == ["Zanzibar"]
    assert await found(village, village.owner, "zanzibar") == []


async def test_switching_a_plugin_off_takes_its_things_out_at_once_and_on_brings_them_back(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar")
    await publish(village.club, 2, "Zanzibar too", plugin="blog")
    for state, expected in (("off", ["Zanzibar too"]), ("on", ["Zanzibar", "Zanzibar too"])):
        await village.switch("wiki", state)
        assert sorted(await found(village, village.member, "zanzibar")) == expected
        page = await village.client(village.member).get("/search?q=zanzibar")
        assert ("plugin=wiki" in page.text) == (state == "on")


@pytest.mark.parametrize(
    "q", ["ÉCOLE", "ecole", "école", "Œuvre", "oeuvre", "l’école", '"l\'ecole des oeuvres"', "ecol"]
)
async def test_accents_capitals_and_ligatures_do_not_matter(village: Village, q: str) -> None:
    await publish(village.club, 1, "Compte rendu", words="À l’École des œuvres, réunion\ndu comité.")
    assert await found(village, village.member, q) == ["Compte rendu"]


async def test_every_word_must_be_there_phrases_stay_together_and_a_minus_leaves_out(village: Village) -> None:
    await publish(village.club, 1, "One", words="red apples and green pears")
    await publish(village.club, 2, "Two", words="green apples and red pears")
    assert await found(village, village.member, "red pears") == ["Two", "One"]
    assert await found(village, village.member, '"red pears"') == ["Two"]
    assert await found(village, village.member, 'pears -"red pears"') == ["One"]
    assert await found(village, village.member, "pears -apples") == []
    assert await found(village, village.member, "red plums") == []
    assert await found(village, village.member, "-plums") == []


async def test_a_phrase_runs_over_the_end_of_a_line(village: Village) -> None:
    await publish(village.club, 1, "One", words="the steering\n  committee")
    assert await found(village, village.member, '"steering committee"') == ["One"]


async def test_titles_come_first_then_the_newest(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar")
    await publish(village.club, 2, "Note 1", words="zanzibar")
    await publish(village.club, 3, "Note 2", words="zanzibar")
    assert await found(village, village.member, "zanzibar") == ["Zanzibar", "Note 2", "Note 1"]


@pytest.mark.parametrize(
    "q",
    [
        "%",
        "_",
        "%%%",
        "\\",
        "\x1e",
        "\x1f",
        '"',
        "--",
        "-",
        '""',
        "' OR 1=1 --",
        "x" * 5000,
        "é" * 900,
        "🦉 ",
        "²",
    ],
)
async def test_hostile_words_find_nothing_and_break_nothing(village: Village, q: str) -> None:
    await publish(village.club, 1, "Plain title", words="plain text")
    assert await found(village, village.member, q) == []
    assert await shown(village, village.member, q) == []


async def test_bytes_that_are_no_text_find_nothing(village: Village) -> None:
    assert (await village.client(village.member).get("/search?q=a%00b")).status_code == 404
    for raw in ("%ED%A0%80", "%FF%FE", "%C0%80"):
        assert (await village.client(village.member).get(f"/search?q={raw}")).status_code == 200
        assert (await village.api(village.member).get(f"search?q={raw}")).json()["items"] == []


async def test_percent_and_underscore_are_letters_like_any_other(village: Village) -> None:
    await publish(village.club, 1, "A rise of 20% in snake_case")
    await publish(village.club, 2, "A rise of 205 in snakeXcase")
    assert await found(village, village.member, "20%") == ["A rise of 20% in snake_case"]
    assert await found(village, village.member, "snake_case") == ["A rise of 20% in snake_case"]


async def test_only_ten_words_count(village: Village) -> None:
    await publish(village.club, 1, "a b c d e f g h i j")
    assert await found(village, village.member, "a b c d e f g h i j zanzibar") == ["a b c d e f g h i j"]
    page = await village.client(village.member).get("/search?q=a+b+c+d+e+f+g+h+i+j+k")
    assert "Only the first ten words count." in page.text


async def test_the_excerpt_shows_the_place_and_escapes_what_was_written(village: Village) -> None:
    before = "Où l’on parle d’autre chose. " * 60
    words = f"{before}<script>alert('Réunion')</script> {before}"
    await publish(village.club, 1, "<b>Titre</b> réunion", words=words, summary="Un résumé")
    page = (await village.client(village.member).get("/search?q=REUNION")).text
    assert "&lt;script&gt;alert(&#39;<mark>Réunion</mark>&#39;)&lt;/script&gt;" in page
    assert "&lt;b&gt;Titre&lt;/b&gt; <mark>réunion</mark>" in page
    assert "<script>alert" not in page


async def test_counts_obey_the_condition_of_the_results(village: Village) -> None:
    for number in range(3):
        await publish(village.club, number + 1, f"Zanzibar {number}")
    await publish(village.club, 9, "Zanzibar post", plugin="blog")
    await publish(village.hidden, 10, "Zanzibar hidden")
    page = (await village.client(village.member).get("/search?q=zanzibar")).text
    assert re.findall(r'search-count">(\d+)<', page) == ["3", "1", "4"]
    assert "4 results" in page
    narrowed = (await village.client(village.member).get("/search?q=zanzibar&plugin=blog")).text
    assert RESULT.findall(narrowed) == ["/c/atelier/blog/9"]
    assert "1 result" in narrowed


async def test_a_club_and_a_plugin_narrow_the_search(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar one")
    await publish(village.public, 2, "Zanzibar two", plugin="blog")
    assert await found(village, village.owner, "zanzibar", club="place") == ["Zanzibar two"]
    assert await found(village, village.owner, "zanzibar", plugin="wiki") == ["Zanzibar one"]
    assert await found(village, village.owner, "zanzibar", plugin="nothing") == []


async def test_lists_go_on_with_next_and_with_pages(village: Village) -> None:
    for number in range(45):
        await publish(village.club, number + 1, f"Zanzibar {number}")
    api = village.api(village.member)
    seen: list[str] = []
    after = None
    while True:
        answer = (
            await api.get("search", params={"q": "zanzibar", "limit": 20, **({"after": after} if after else {})})
        ).json()
        seen += [item["title"] for item in answer["items"]]
        if (after := answer["next"]) is None:
            break
    assert seen == [f"Zanzibar {number}" for number in reversed(range(45))]
    assert len(await shown(village, village.member, "zanzibar", page="3")) == 5
    assert await shown(village, village.member, "zanzibar", page="9999") == []


async def test_the_api_says_what_it_found(village: Village) -> None:
    await publish(village.club, 1, "Zanzibar", summary="An island", author_id=village.owner.id)
    item = (await village.api(village.member).get("search?q=zanzibar")).json()["items"][0]
    assert item.pop("updated_at").startswith("20")
    assert item == {
        "title": "Zanzibar",
        "summary": "An island",
        "url": "/c/atelier/wiki/1",
        "club": "atelier",
        "plugin": "wiki",
        "kind": "page",
        "author": "Oscar Owner",
    }


async def test_the_api_refuses_what_it_does_not_know(village: Village) -> None:
    api = village.api(village.member)
    for wrong in ("limit=0", "limit=201", "limit=x", "after=x", "who=me"):
        assert (await api.get(f"search?q=a&{wrong}")).status_code == 422


async def test_a_page_takes_three_queries_however_much_is_found(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/search")
    for number in range(1, 19):
        await publish(village.club, number, f"Zanzibar {number}")
        if number in (1, 3, 18):
            await catch_up()
            with village.queries() as seen:
                await client.get("/search?q=zanzibar+-nothing")
            assert seen.count == 3


async def test_an_empty_box_says_what_it_is_for(village: Village) -> None:
    page = await village.client(None).get("/search")
    assert page.status_code == 200
    assert "What are you looking for?" in page.text


@pytest.fixture
async def typed(village: Village) -> Village:
    """Three files, one of them in a hidden club, and a page that speaks of a type."""
    for number, (name, club) in enumerate(
        (("Prix.PDF", village.club), ("photo.jpg", village.club), ("a.pdf", village.hidden))
    ):
        fields = {"type": types_of(name)}
        await publish(club, number, name, plugin="files", fields=fields)
    await publish(
        village.club, 9, "About type:pdf", words=f"pdf type:pdf {field_mark('type', 'pdf')}", fields={"tag": "À lire"}
    )
    return village


@pytest.mark.parametrize(
    "q,titles",
    [
        ("type:pdf", ["Prix.PDF"]),
        ("TYPE:PDF prix", ["Prix.PDF"]),
        ("type:image", ["photo.jpg"]),
        ("type:file -type:pdf", ["photo.jpg"]),
        ('tag:"a lire"', ["About type:pdf"]),
        ('TAG:"À LIRE" pdf', ["About type:pdf"]),
        ("tag:lire", []),
        ("type:pd", []),
        ("type:pdf type:image", []),
        ("type:p%", []),
        ("type:_df", []),
    ],
)
async def test_a_field_narrows_down_by_whole_values(typed: Village, q: str, titles: list[str]) -> None:
    assert await found(typed, typed.member, q) == titles


@pytest.mark.parametrize("q", ["kind:pdf", "type:", "type:'", "http://type:pdf/", "12:30"])
async def test_an_unknown_or_empty_field_is_an_ordinary_word(typed: Village, q: str) -> None:
    await publish(typed.club, 20, f"Words {q} here")
    assert f"Words {q} here" in await found(typed, typed.member, q)
    assert await found(typed, typed.member, 'type:""') == []


async def test_words_do_not_meet_fields_nor_a_text_pretend_to_be_one(typed: Village) -> None:
    assert await found(typed, typed.member, "image") == []
    assert await found(typed, typed.member, field_mark("type", "image")) == []
    assert await found(typed, typed.member, '"type:pdf"') == ["About type:pdf"]


async def test_fields_find_nothing_that_one_may_not_see(typed: Village) -> None:
    assert await found(typed, typed.owner, "type:pdf") == ["a.pdf", "Prix.PDF"]
    assert await found(typed, typed.outsider, "type:file") == []
    assert await shown(typed, None, "type:pdf") == []


async def test_the_page_names_the_fields_with_examples_that_can_be_clicked(typed: Village) -> None:
    page = (await typed.client(typed.member).get("/search?q=prix")).text
    assert '<a href="/search?q=prix+type%3Apdf"><code>type:pdf</code></a>' in page
    assert "<code>tag:news</code>" in page
    assert "search-hints" not in (await typed.client(typed.member).get("/search?q=prix+type:pdf")).text
    assert "Wiki page · Atelier" in (await typed.client(typed.member).get("/search?q=about")).text


async def test_a_search_by_a_field_takes_as_many_queries_as_one_by_a_word(typed: Village) -> None:
    browser = typed.client(typed.member)
    await browser.get("/search?q=prix")
    with typed.queries() as word:
        await browser.get("/search?q=prix")
    with typed.queries() as field:
        await browser.get("/search?q=type:pdf")
    assert field.count == word.count


async def test_a_page_published_again_has_the_fields_of_that_time(village: Village) -> None:
    await publish(village.club, 1, "Post", fields={"tag": ["one", "two"]})
    await publish(village.club, 1, "Post", fields={"tag": ["two"]})
    assert (await found(village, village.member, "tag:one"), await found(village, village.member, "tag:two")) == (
        [],
        ["Post"],
    )


@pytest.mark.parametrize("name", ["", "x", "Type", "a-b", "a" * 21, "é" * 3])
async def test_a_field_that_nobody_could_type_is_refused(village: Village, name: str) -> None:
    with pytest.raises(ValueError, match="2 to 20"):
        SearchField(name, "Label")
    with pytest.raises(ValueError, match="2 to 20"):
        await publish(village.club, 1, "Thing", fields={name: "value"})


async def test_what_was_published_before_there_were_fields_gets_them(village: Village) -> None:
    browser = village.client(village.owner)
    sent = {"file": ("plan.pdf", b"%PDF-", "application/pdf")}
    await browser.post("/c/atelier/files/uploads", data={"folder": "0"}, files=sent)
    await write(village, "Tagged", tags="Bois, Outils")
    await write(village, "Untagged")
    assert await found(village, village.owner, "type:pdf") == ["plan.pdf"]
    assert await found(village, village.owner, "tag:outils") == ["Tagged"]
    for row in await Content.all():
        await Content.filter(id=row.id).update(words=without_marks(row.words))
    await village.app.jobs.run("search.look_around")
    assert await found(village, village.owner, "type:pdf") == []
    before = await Content.all().order_by("id").values_list("updated_at", flat=True)
    for _ in range(2):
        await village.app.jobs.run("files.publish_types")
        await village.app.jobs.run("blog.publish_tags")
    await village.app.jobs.run("core.deliver_events")
    assert await found(village, village.owner, "type:pdf") == ["plan.pdf"]
    assert await found(village, village.owner, "tag:outils") == ["Tagged"]
    assert await Content.all().order_by("id").values_list("updated_at", flat=True) == before


async def test_a_page_out_of_the_trash_is_found_by_its_text_as_before(village: Village) -> None:
    browser = village.client(village.owner)
    await browser.post("/c/atelier/wiki/pages", data={"title": "Attic", "body": "The zanzibar word."})
    before = (await Content.get(title="Attic")).words
    await browser.post("/c/atelier/wiki/pages/attic/trash")
    await browser.post(f"/c/atelier/wiki/trash/{(await Page.get(title='Attic')).id}/restoration")
    assert (await Content.get(title="Attic")).words == before


def test_a_site_without_the_search_keeps_the_plugins_that_name_fields(tmp_path: Path) -> None:
    settings = village_settings(tmp_path, f"sqlite://{tmp_path}/cercle.db", disabled_plugins=("search", "directory"))
    app = Cercle(settings)
    assert {loaded.name for loaded in app.parts} >= {"blog", "files", "wiki"}
