from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('spaces', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Absence',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='directory_absences', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='directory_absences', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'directory_absence', 'app': 'directory', 'unique_together': (('club', 'user'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FieldGroup',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('label', fields.CharField(max_length=60)),
                ('position', fields.IntField(default=0)),
            ],
            options={'table': 'directory_field_group', 'app': 'directory', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Profile',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.OneToOneField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='directory_profile', on_delete=OnDelete.CASCADE)),
                ('is_listed', fields.BooleanField(default=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={'table': 'directory_profile', 'app': 'directory', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ProfileField',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('group', fields.ForeignKeyField('directory.FieldGroup', source_field='group_id', db_constraint=True, to_field='id', related_name='fields', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(unique=True, max_length=40)),
                ('label', fields.CharField(max_length=80)),
                ('hint', fields.CharField(default='', max_length=200)),
                ('kind', fields.CharField(max_length=10)),
                ('choices', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('position', fields.IntField(default=0)),
                ('is_facet', fields.BooleanField(default=False)),
                ('is_hidden', fields.BooleanField(default=False)),
            ],
            options={'table': 'directory_field', 'app': 'directory', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Answer',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='directory_answers', on_delete=OnDelete.CASCADE)),
                ('field', fields.ForeignKeyField('directory.ProfileField', source_field='field_id', db_constraint=True, to_field='id', related_name='answers', on_delete=OnDelete.CASCADE)),
                ('audience', fields.CharField(default='club', max_length=12)),
                ('text', fields.TextField(default='', unique=False)),
                ('folded', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'directory_answer', 'app': 'directory', 'unique_together': (('user', 'field'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tag',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('answer', fields.ForeignKeyField('directory.Answer', source_field='answer_id', db_constraint=True, to_field='id', related_name='tags', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(max_length=120)),
                ('label', fields.CharField(max_length=120)),
            ],
            options={'table': 'directory_tag', 'app': 'directory', 'unique_together': (('answer', 'key'),), 'indexes': [Index(fields=['key'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
