"""What models say of the bytes that their rows hold: checked at the start, and remembered for when the plugin is gone."""

from pathlib import Path

import pytest
from tortoise.models import Model

from core.blobs import Blobs, blobs_of
from core.parts import load_parts
from plugins.blog import models as blog
from plugins.files import models as files
from plugins.wiki import models as wiki
from tests.core.packages import installed

MODEL = """
from cercle import Blobs
from tortoise import fields
from tortoise.models import Model

class Stone(Model):
    id = fields.IntField(primary_key=True)
    {club}
    hash = fields.CharField(max_length=64)
    size = fields.BigIntField()
    blobs = ({blobs},)

    class Meta:
        table = "{name}_stone"
"""
CLUB = 'club = fields.ForeignKeyField("spaces.Club", related_name="stones_stones")'


def test_the_bundled_plugins_say_where_they_hold_bytes() -> None:
    assert blobs_of(wiki.Attachment) == (Blobs("hash", size="size"),)
    assert blobs_of(blog.Attachment) == (Blobs("hash", size="size"),)
    assert blobs_of(blog.Post) == (Blobs("cover_hash"),)
    assert blobs_of(files.Version) == (Blobs("hash", size="size"), Blobs("thumbnail_hash"))
    assert blobs_of(files.Entry) == ()


def test_every_column_of_a_plugin_that_looks_like_a_hash_of_bytes_is_declared_or_known() -> None:
    repeated = {"files_entry.hash", "files_entry.thumbnail_hash"}  # what the current version says, once more
    other = {"wiki_page.source_hash"}  # of a text
    found = set()
    for loaded in load_parts(third_party=False).plugins:
        for model in vars(loaded.modules["models"]).values() if loaded.tables else ():
            if isinstance(model, type) and issubclass(model, Model) and model is not Model:
                declared = {one.column for one in blobs_of(model)}
                columns = {name for name in model._meta.fields_db_projection if name.endswith("hash")}
                found |= {f"{model._meta.db_table}.{name}" for name in columns - declared}
    assert found == repeated | other


@pytest.mark.parametrize(
    ("blobs", "club", "missing"),
    [
        ('Blobs("hsah")', CLUB, "hsah"),
        ('Blobs("hash", size="bytes")', CLUB, "bytes"),
        ('Blobs("hash", size="size")', "", "club_id"),
    ],
)
def test_a_declaration_that_does_not_fit_the_model_keeps_the_plugin_out(
    tmp_path: Path, blobs: str, club: str, missing: str
) -> None:
    with installed(tmp_path / "packages") as packages:
        packages.add("stones", models=MODEL.replace("{club}", club).replace("{blobs}", blobs))
        failure = next(one.failure for one in load_parts().all() if one.name == "stones")
    assert failure == f"Stone.blobs names the column {missing!r}, which 'stones_stone' does not have"


def test_a_declaration_that_fits_is_fine(tmp_path: Path) -> None:
    with installed(tmp_path / "packages") as packages:
        packages.add("stones", models=MODEL.replace("{club}", CLUB).replace("{blobs}", 'Blobs("hash", size="size")'))
        assert next(one.failure for one in load_parts().all() if one.name == "stones") is None
