from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("core", "0002_blob_placed")]

    initial = False

    operations = [
        ops.CreateModel(
            name="HookTiming",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("plugin", fields.CharField(max_length=40)),
                ("hook", fields.CharField(max_length=80)),
                ("hour", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("calls", fields.IntField(default=0)),
                ("faults", fields.IntField(default=0)),
                ("seconds", fields.FloatField(default=0)),
                ("slowest", fields.FloatField(default=0)),
            ],
            options={
                "table": "core_hook_timing",
                "app": "core",
                "unique_together": (("plugin", "hook", "hour"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InstalledPart",
            fields=[
                ("name", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ("title", fields.CharField(default="", max_length=80)),
                ("version", fields.CharField(default="", max_length=40)),
                ("package", fields.CharField(default="", max_length=120)),
                ("blobs", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("seen_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={"table": "core_installed_part", "app": "core", "pk_attr": "name"},
            bases=["Model"],
        ),
    ]
