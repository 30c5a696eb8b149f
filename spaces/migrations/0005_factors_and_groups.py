from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_identity"), ("spaces", "0004_plans_tabs_erasures")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GroupRule",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "provider",
                    fields.ForeignKeyField(
                        "accounts.Provider",
                        source_field="provider_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="group_rules",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("group", fields.CharField(max_length=200)),
                (
                    "club",
                    fields.ForeignKeyField(
                        "spaces.Club",
                        source_field="club_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="group_rules",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("role", fields.CharField(default="member", max_length=30)),
            ],
            options={
                "table": "spaces_group_rule",
                "app": "spaces",
                "unique_together": (("provider", "group", "club"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Club",
            name="needs_factor",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Membership",
            name="provider",
            field=fields.ForeignKeyField(
                "accounts.Provider",
                source_field="provider_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="memberships",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
    ]
