from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("accounts", "0002_sort_names"),
        ("accounts", "0003_identity"),
        ("spaces", "0005_factors_and_groups"),
    ]

    initial = False

    operations = [
        ops.CreateModel(
            name="Announcement",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("text", fields.CharField(max_length=500)),
                ("tone", fields.CharField(default="info", max_length=10)),
                ("url", fields.CharField(default="", max_length=600)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_by", fields.CharField(default="", max_length=120)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "spaces_announcement",
                "app": "spaces",
                "indexes": [Index(fields=["ends_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ClubAddress",
            fields=[
                ("slug", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=60)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="old_addresses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={"table": "spaces_club_address", "app": "spaces", "pk_attr": "slug"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Club",
            name="active_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Club",
            name="note",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Club",
            name="note_html",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="Club",
            name="purge_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Club",
            name="questions",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddIndex(
            model_name="Club",
            index=Index(fields=["sort_name", "id"]),
        ),
        ops.AddIndex(
            model_name="Club",
            index=Index(fields=["active_at", "id"]),
        ),
        ops.AddIndex(
            model_name="Club",
            index=Index(fields=["purge_at"]),
        ),
        ops.AddField(
            model_name="Invitation",
            name="landing",
            field=fields.CharField(default="", db_default="", max_length=200),
        ),
        ops.AddField(
            model_name="Invitation",
            name="sent_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="JoinRequest",
            name="answers",
            field=fields.TextField(default="", db_default="", unique=False),
        ),
        ops.AddField(
            model_name="JoinRequest",
            name="asked_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="JoinRequest",
            name="question",
            field=fields.CharField(default="", db_default="", max_length=1000),
        ),
        ops.AddField(
            model_name="JoinRequest",
            name="replied_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="JoinRequest",
            name="reply",
            field=fields.CharField(default="", db_default="", max_length=1000),
        ),
        ops.AddField(
            model_name="Membership",
            name="is_muted",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Membership",
            name="position",
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
