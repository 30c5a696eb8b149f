from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

from plugins.search.index.tables import MakeIndex

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names'), ('accounts', '0003_identity'), ('accounts', '0004_lists_of_people'), ('spaces', '0001_initial'), ('spaces', '0002_membership_visited_at'), ('spaces', '0003_club_sort_name'), ('spaces', '0004_plans_tabs_erasures'), ('spaces', '0005_factors_and_groups'), ('spaces', '0006_life_of_clubs'), ('spaces', '0007_groups_roles_and_cases'), ('spaces', '0008_what_grows')]

    initial = True

    operations = [
        ops.CreateModel(
            name='SavedSearch',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='search_saved', on_delete=OnDelete.CASCADE)),
                ('query', fields.CharField(max_length=200)),
                ('filters', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('alert_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('looked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'search_saved', 'app': 'search', 'indexes': [Index(fields=['user_id', 'id']), Index(fields=['looked_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Told',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('saved', fields.ForeignKeyField('search.SavedSearch', source_field='saved_id', db_constraint=True, to_field='id', related_name='told', on_delete=OnDelete.CASCADE)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='search_told_in', on_delete=OnDelete.CASCADE)),
                ('content', fields.ForeignKeyField('spaces.Content', source_field='content_id', db_constraint=True, to_field='id', related_name='search_told', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'search_told', 'app': 'search', 'unique_together': (('saved_id', 'content_id'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        MakeIndex(),
    ]
