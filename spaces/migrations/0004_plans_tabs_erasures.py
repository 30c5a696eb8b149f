from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_sort_names"),
        ("spaces", "0001_initial"),
        ("spaces", "0002_membership_visited_at"),
        ("spaces", "0003_club_sort_name"),
    ]

    initial = False

    operations = [
        ops.CreateModel(
            name="ClubPlan",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=20)),
                ("quota", fields.BigIntField(null=True)),
                ("member_limit", fields.IntField(null=True)),
                ("reason", fields.CharField(default="", max_length=300)),
                ("decided_by", fields.CharField(default="", max_length=120)),
                ("decided_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={"table": "spaces_club_plan", "app": "spaces", "pk_attr": "id"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Erasure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="erasures",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("club_name", fields.CharField(max_length=80)),
                ("plugin", fields.CharField(max_length=40)),
                ("asked_by", fields.CharField(max_length=120)),
                ("asked_by_id", fields.IntField(null=True)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("export_hash", fields.CharField(null=True, max_length=64)),
                ("export_size", fields.BigIntField(default=0)),
                ("begun_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_by", fields.CharField(default="", max_length=120)),
                ("report", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "spaces_erasure",
                "app": "spaces",
                "indexes": [Index(fields=["club_id", "plugin"]), Index(fields=["done_at", "withdrawn_at", "due_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Club",
            name="landing",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="Club",
            name="member_limit",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Club",
            name="tabs",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Club",
            name="visitor_landing",
            field=fields.CharField(default="", db_default="", max_length=40),
        ),
        ops.AddField(
            model_name="ClubPlugin",
            name="policy_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ClubPlugin",
            name="policy_by",
            field=fields.CharField(default="", db_default="", max_length=120),
        ),
        ops.AddField(
            model_name="ClubPlugin",
            name="policy_reason",
            field=fields.CharField(default="", db_default="", max_length=300),
        ),
        ops.AddField(
            model_name="PluginPolicy",
            name="decided_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="PluginPolicy",
            name="decided_by",
            field=fields.CharField(default="", db_default="", max_length=120),
        ),
        ops.AddField(
            model_name="PluginPolicy",
            name="reason",
            field=fields.CharField(default="", db_default="", max_length=300),
        ),
    ]
