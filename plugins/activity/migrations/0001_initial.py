from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names'), ('accounts', '0003_identity'), ('accounts', '0004_lists_of_people'), ('spaces', '0001_initial'), ('spaces', '0002_membership_visited_at'), ('spaces', '0003_club_sort_name'), ('spaces', '0004_plans_tabs_erasures'), ('spaces', '0005_factors_and_groups'), ('spaces', '0006_life_of_clubs'), ('spaces', '0007_groups_roles_and_cases'), ('spaces', '0008_what_grows')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Happening',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='activity_happenings', on_delete=OnDelete.CASCADE)),
                ('content', fields.ForeignKeyField('spaces.Content', source_field='content_id', null=True, db_constraint=True, to_field='id', related_name='activity_happenings', on_delete=OnDelete.CASCADE)),
                ('actor', fields.ForeignKeyField('accounts.User', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name='activity_happenings', on_delete=OnDelete.SET_NULL)),
                ('verb', fields.CharField(max_length=10)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('began_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('times', fields.IntField(default=1)),
                ('event_id', fields.CharField(unique=True, max_length=36)),
                ('heard', fields.TextField(default='', unique=False)),
            ],
            options={'table': 'activity_happening', 'app': 'activity', 'indexes': [Index(fields=['club_id', 'at']), Index(fields=['actor_id', 'at']), Index(fields=['content_id', 'at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Look',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='activity_looks', on_delete=OnDelete.CASCADE)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', null=True, db_constraint=True, to_field='id', related_name='activity_looks', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('before', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'activity_look', 'app': 'activity', 'indexes': [Index(fields=['user_id', 'club_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
