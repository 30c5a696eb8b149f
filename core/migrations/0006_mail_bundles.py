from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0005_audit_only_grows')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Mail',
            name='bundle',
            field=fields.CharField(default='', db_index=True, db_default='', max_length=40),
        ),
        ops.AddField(
            model_name='Mail',
            name='facts',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Mail',
            name='joined_id',
            field=fields.BigIntField(null=True, db_index=True),
        ),
    ]
