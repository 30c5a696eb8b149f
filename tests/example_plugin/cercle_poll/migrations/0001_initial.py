from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_sort_names"),
        ("spaces", "0004_plans_tabs_erasures"),
    ]

    initial = True

    operations = [
        ops.CreateModel(
            name="Poll",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="poll_polls",
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
                        related_name="poll_polls",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("question", fields.CharField(max_length=200)),
                ("answers", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("several", fields.BooleanField(default=False)),
                ("named", fields.BooleanField(default=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("voted_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closes_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "poll_poll",
                "app": "poll",
                "indexes": [Index(fields=["club_id", "id"]), Index(fields=["closes_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Vote",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="poll_votes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "poll",
                    fields.ForeignKeyField(
                        "poll.Poll",
                        source_field="poll_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="votes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "voter",
                    fields.ForeignKeyField(
                        "accounts.User",
                        source_field="voter_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="poll_votes",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("chosen", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={"table": "poll_vote", "app": "poll", "unique_together": (("poll", "voter"),), "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
