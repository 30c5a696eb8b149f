from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names'), ('accounts', '0003_identity'), ('accounts', '0004_lists_of_people'), ('spaces', '0001_initial'), ('spaces', '0002_membership_visited_at'), ('spaces', '0003_club_sort_name'), ('spaces', '0004_plans_tabs_erasures'), ('spaces', '0005_factors_and_groups'), ('spaces', '0006_life_of_clubs'), ('spaces', '0007_groups_roles_and_cases'), ('spaces', '0008_what_grows')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Entry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='notifications_entries', on_delete=OnDelete.CASCADE)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', null=True, db_constraint=True, to_field='id', related_name='notifications_entries', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=50)),
                ('content_id', fields.BigIntField(null=True)),
                ('about', fields.CharField(max_length=64)),
                ('subject', fields.CharField(max_length=500)),
                ('values', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('path', fields.CharField(max_length=700)),
                ('merges', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=True)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notifications_entry', 'app': 'notifications', 'unique_together': (('user', 'kind', 'about'),), 'indexes': [Index(fields=['user_id', 'id']), Index(fields=['user_id', 'read_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Follow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='notifications_follows', on_delete=OnDelete.CASCADE)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='notifications_follows', on_delete=OnDelete.CASCADE)),
                ('target', fields.CharField(max_length=200)),
                ('content_id', fields.BigIntField(null=True)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='notifications_followers', on_delete=OnDelete.CASCADE)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'notifications_follow', 'app': 'notifications', 'unique_together': (('user', 'club', 'target'),), 'indexes': [Index(fields=['club_id', 'target'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SilentClub',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.OneToOneField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='notifications_silence', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'notifications_silent_club', 'app': 'notifications', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SiteKey',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=20)),
                ('private_key', fields.TextField(unique=False)),
                ('public_key', fields.CharField(max_length=100)),
            ],
            options={'table': 'notifications_site_key', 'app': 'notifications', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Subscription',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='notifications_devices', on_delete=OnDelete.CASCADE)),
                ('digest', fields.CharField(unique=True, max_length=64)),
                ('endpoint', fields.CharField(max_length=1000)),
                ('key', fields.CharField(max_length=100)),
                ('secret', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=80)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('told_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'notifications_subscription', 'app': 'notifications', 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PushMessage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='notifications_pushes', on_delete=OnDelete.CASCADE)),
                ('device', fields.ForeignKeyField('notifications.Subscription', source_field='device_id', db_constraint=True, to_field='id', related_name='messages', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=50)),
                ('club_id', fields.IntField(null=True)),
                ('content_id', fields.BigIntField(null=True)),
                ('about', fields.CharField(max_length=64)),
                ('title', fields.CharField(max_length=200)),
                ('path', fields.CharField(max_length=700)),
                ('due_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'notifications_push', 'app': 'notifications', 'unique_together': (('device', 'kind', 'about'),), 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
