from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Club',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('slug', fields.CharField(unique=True, max_length=60)),
                ('name', fields.CharField(max_length=80)),
                ('kind', fields.CharField(db_index=True, max_length=20)),
                ('visibility', fields.CharField(default='listed', max_length=10)),
                ('join_policy', fields.CharField(default='request', max_length=10)),
                ('purpose', fields.CharField(default='', max_length=300)),
                ('accent', fields.CharField(default='teal', max_length=12)),
                ('cover_hash', fields.CharField(null=True, max_length=64)),
                ('quota', fields.BigIntField(null=True)),
                ('storage_used', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('archived_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('deleted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spaces_club', 'app': 'spaces', 'indexes': [Index(fields=['visibility', 'name'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ClubPlugin',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='switches', on_delete=OnDelete.CASCADE)),
                ('plugin', fields.CharField(max_length=40)),
                ('state', fields.CharField(null=True, max_length=10)),
                ('policy', fields.CharField(null=True, max_length=15)),
                ('effective', fields.CharField(default='off', max_length=10)),
                ('readers', fields.CharField(default='', max_length=400)),
                ('paused_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('paused_because', fields.CharField(default='', max_length=500)),
                ('changed_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={'table': 'spaces_club_plugin', 'app': 'spaces', 'unique_together': (('club', 'plugin'),), 'indexes': [Index(fields=['plugin', 'effective'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Content',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='contents', on_delete=OnDelete.CASCADE)),
                ('switch', fields.ForeignKeyField('spaces.ClubPlugin', source_field='switch_id', db_constraint=True, to_field='id', related_name='contents', on_delete=OnDelete.CASCADE)),
                ('plugin', fields.CharField(max_length=40)),
                ('kind', fields.CharField(max_length=40)),
                ('object_id', fields.BigIntField()),
                ('title', fields.CharField(max_length=250)),
                ('summary', fields.CharField(default='', max_length=400)),
                ('words', fields.TextField(default='', unique=False)),
                ('url', fields.CharField(max_length=600)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='contents', on_delete=OnDelete.SET_NULL)),
                ('state', fields.CharField(default='published', max_length=10)),
                ('audience', fields.CharField(default='club', max_length=12)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spaces_content', 'app': 'spaces', 'unique_together': (('plugin', 'kind', 'object_id'),), 'indexes': [Index(fields=['club_id', 'plugin', 'updated_at']), Index(fields=['club_id', 'updated_at']), Index(fields=['author_id', 'updated_at']), Index(fields=['updated_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GrantLock',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('role', fields.CharField(max_length=30)),
                ('permission', fields.CharField(max_length=80)),
                ('allowed', fields.BooleanField()),
            ],
            options={'table': 'spaces_grant_lock', 'app': 'spaces', 'unique_together': (('role', 'permission'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GrantOverride',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='grants', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharField(max_length=30)),
                ('permission', fields.CharField(max_length=80)),
                ('allowed', fields.BooleanField()),
            ],
            options={'table': 'spaces_grant_override', 'app': 'spaces', 'unique_together': (('club', 'role', 'permission'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Invitation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.CASCADE)),
                ('inviter', fields.ForeignKeyField('accounts.User', source_field='inviter_id', db_constraint=True, to_field='id', related_name='invitations', on_delete=OnDelete.CASCADE)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('email', fields.CharField(default='', max_length=254)),
                ('role', fields.CharField(default='member', max_length=30)),
                ('note', fields.CharField(default='', max_length=1000)),
                ('uses_left', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spaces_invitation', 'app': 'spaces', 'indexes': [Index(fields=['club_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='JoinRequest',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='join_requests', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='join_requests', on_delete=OnDelete.CASCADE)),
                ('message', fields.CharField(default='', max_length=1000)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'spaces_join_request', 'app': 'spaces', 'unique_together': (('club', 'user'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Membership',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='memberships', on_delete=OnDelete.CASCADE)),
                ('role', fields.CharField(default='member', max_length=30)),
                ('joined_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'spaces_membership', 'app': 'spaces', 'unique_together': (('club', 'user'),), 'indexes': [Index(fields=['user_id', 'club_id']), Index(fields=['club_id', 'role'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PluginPolicy',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('kind', fields.CharField(default='', max_length=20)),
                ('plugin', fields.CharField(max_length=40)),
                ('policy', fields.CharField(max_length=15)),
            ],
            options={'table': 'spaces_plugin_policy', 'app': 'spaces', 'unique_together': (('kind', 'plugin'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
