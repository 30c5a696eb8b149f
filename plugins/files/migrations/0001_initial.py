from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('spaces', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Entry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='files_entries', on_delete=OnDelete.CASCADE)),
                ('parent', fields.ForeignKeyField('files.Entry', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name='children', on_delete=OnDelete.RESTRICT)),
                ('parent_key', fields.BigIntField(default=0)),
                ('slot', fields.BigIntField(default=0)),
                ('is_file', fields.BooleanField()),
                ('name', fields.CharField(max_length=200)),
                ('name_key', fields.CharField(max_length=600)),
                ('sort_key', fields.CharField(max_length=200)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='files_entries', on_delete=OnDelete.SET_NULL)),
                ('version', fields.BigIntField(default=0)),
                ('hash', fields.CharField(default='', max_length=64)),
                ('size', fields.BigIntField(default=0)),
                ('content_type', fields.CharField(default='', max_length=180)),
                ('thumbnail_hash', fields.CharField(null=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('trashed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('trash_root', fields.BigIntField(null=True)),
            ],
            options={'table': 'files_entry', 'app': 'files', 'unique_together': (('club', 'parent_key', 'slot', 'name_key'),), 'indexes': [Index(fields=['club_id', 'parent_key', 'slot', 'is_file', 'sort_key']), Index(fields=['club_id', 'trash_root']), Index(fields=['parent_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Version',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='files_versions', on_delete=OnDelete.CASCADE)),
                ('file', fields.ForeignKeyField('files.Entry', source_field='file_id', db_constraint=True, to_field='id', related_name='versions', on_delete=OnDelete.CASCADE)),
                ('number', fields.BigIntField()),
                ('hash', fields.CharField(db_index=True, max_length=64)),
                ('size', fields.BigIntField()),
                ('content_type', fields.CharField(max_length=180)),
                ('again_of', fields.BigIntField(default=0)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='files_versions', on_delete=OnDelete.SET_NULL)),
                ('thumbnail_hash', fields.CharField(null=True, max_length=64)),
                ('wants_thumbnail', fields.BooleanField(default=False, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'files_version', 'app': 'files', 'unique_together': (('file', 'number'),), 'indexes': [Index(fields=['club_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
