"""The first tables."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("spaces", "0001_initial")]

    initial = True

    operations = [
        ops.CreateModel(
            name="Note",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="<< name >>_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "accounts.User",
                        source_field="author_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="<< name >>_notes",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("title", fields.CharField(max_length=120)),
                ("body", fields.TextField(unique=False)),
                ("body_html", fields.TextField(unique=False)),
                ("words", fields.TextField(unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "<< name >>_note",
                "app": "<< name >>",
                "indexes": [Index(fields=["club_id", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
