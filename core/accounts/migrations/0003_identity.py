from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Authenticator',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.OneToOneField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='authenticator', on_delete=OnDelete.CASCADE)),
                ('secret', fields.CharField(max_length=300)),
                ('last_step', fields.BigIntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_authenticator', 'app': 'accounts', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KnownDevice',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('token_hash', fields.CharField(max_length=64)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='known_devices', on_delete=OnDelete.CASCADE)),
                ('device', fields.CharField(default='', max_length=200)),
                ('network', fields.CharField(default='', max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('seen_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_known_device', 'app': 'accounts', 'unique_together': (('token_hash', 'user'),), 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Passkey',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='passkeys', on_delete=OnDelete.CASCADE)),
                ('key_id', fields.CharField(unique=True, max_length=1400)),
                ('public_key', fields.TextField(unique=False)),
                ('uses', fields.BigIntField(default=0)),
                ('name', fields.CharField(max_length=80)),
                ('model', fields.CharField(default='', max_length=40)),
                ('transports', fields.CharField(default='', max_length=100)),
                ('is_synced', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_passkey', 'app': 'accounts', 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Provider',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('slug', fields.CharField(unique=True, max_length=40)),
                ('title', fields.CharField(max_length=80)),
                ('issuer', fields.CharField(unique=True, max_length=300)),
                ('client_id', fields.CharField(max_length=300)),
                ('client_secret', fields.CharField(default='', max_length=1000)),
                ('scopes', fields.CharField(default='openid email profile', max_length=300)),
                ('is_enabled', fields.BooleanField(default=True)),
                ('rules', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'accounts_provider', 'app': 'accounts', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Identity',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('provider', fields.ForeignKeyField('accounts.Provider', source_field='provider_id', db_constraint=True, to_field='id', related_name='identities', on_delete=OnDelete.CASCADE)),
                ('subject', fields.CharField(max_length=255)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='identities', on_delete=OnDelete.CASCADE)),
                ('email', fields.CharField(default='', max_length=254)),
                ('groups', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_identity', 'app': 'accounts', 'unique_together': (('provider', 'subject'),), 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='recovery_codes', on_delete=OnDelete.CASCADE)),
                ('code_hash', fields.CharField(max_length=255)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_recovery_code', 'app': 'accounts', 'indexes': [Index(fields=['user_id', 'used_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RetiredHandle',
            fields=[
                ('digest', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'accounts_retired_handle', 'app': 'accounts', 'pk_attr': 'digest'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignIn',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='sign_ins', on_delete=OnDelete.CASCADE)),
                ('at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=True)),
                ('how', fields.CharField(max_length=60)),
                ('outcome', fields.CharField(max_length=20)),
                ('is_new_device', fields.BooleanField(default=False)),
                ('device', fields.CharField(default='', max_length=200)),
                ('network', fields.CharField(default='', max_length=64)),
            ],
            options={'table': 'accounts_sign_in', 'app': 'accounts', 'indexes': [Index(fields=['user_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignInStep',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('token_hash', fields.CharField(unique=True, max_length=64)),
                ('purpose', fields.CharField(max_length=30)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='sign_in_steps', on_delete=OnDelete.CASCADE)),
                ('stamp', fields.CharField(default='', max_length=32)),
                ('facts', fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ('tries', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_sign_in_step', 'app': 'accounts', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Takeout',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='takeouts', on_delete=OnDelete.CASCADE)),
                ('state', fields.CharField(default='waiting', max_length=10)),
                ('file', fields.CharField(default='', max_length=80)),
                ('size', fields.BigIntField(default=0)),
                ('files', fields.IntField(default=0)),
                ('lacking', fields.CharField(default='', max_length=500)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('started_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('ready_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'accounts_takeout', 'app': 'accounts', 'indexes': [Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ApiToken',
            name='clubs',
            field=fields.CharField(default='', db_default='', max_length=1000),
        ),
        ops.AddField(
            model_name='ApiToken',
            name='ending',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        ops.AddField(
            model_name='ApiToken',
            name='kind',
            field=fields.CharField(default='api', db_default='api', max_length=10),
        ),
        ops.AddField(
            model_name='ApiToken',
            name='network',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddIndex(
            model_name='ApiToken',
            index=Index(fields=['user_id', 'kind']),
        ),
        ops.AddField(
            model_name='LoginSession',
            name='factor_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='LoginSession',
            name='methods',
            field=fields.CharField(default='', db_default='', max_length=60),
        ),
        ops.AddField(
            model_name='LoginSession',
            name='operator',
            field=fields.ForeignKeyField('accounts.User', source_field='operator_id', null=True, db_constraint=True, to_field='id', related_name='acted_sessions', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='LoginSession',
            index=Index(fields=['user_id']),
        ),
        ops.AddField(
            model_name='OneTimeLink',
            name='facts',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='OneTimeLink',
            name='maker',
            field=fields.ForeignKeyField('accounts.User', source_field='maker_id', null=True, db_constraint=True, to_field='id', related_name='made_links', on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='OneTimeLink',
            index=Index(fields=['purpose', 'email']),
        ),
        ops.AddIndex(
            model_name='OneTimeLink',
            index=Index(fields=['user_id']),
        ),
        ops.AddField(
            model_name='SignUpRequest',
            name='locale',
            field=fields.CharField(default='', db_default='', max_length=5),
        ),
        ops.AddField(
            model_name='SignUpRequest',
            name='proven_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='closed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='closed_reason',
            field=fields.CharField(default='', db_default='', max_length=300),
        ),
        ops.AddField(
            model_name='User',
            name='has_factor',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='User',
            name='hidden',
            field=fields.CharField(default='email', db_default='email', max_length=200),
        ),
        ops.AddField(
            model_name='User',
            name='leaves_works',
            field=fields.BooleanField(default=True, db_default=True),
        ),
        ops.AddField(
            model_name='User',
            name='leaving_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='User',
            name='links',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='User',
            name='passkey_handle',
            field=fields.CharField(null=True, unique=True, max_length=64),
        ),
        ops.AddField(
            model_name='User',
            name='pronouns',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
        ops.AddField(
            model_name='User',
            name='provider',
            field=fields.ForeignKeyField('accounts.Provider', source_field='provider_id', null=True, db_constraint=True, to_field='id', related_name='owned_users', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['created_at']),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['seen_at']),
        ),
        ops.AddIndex(
            model_name='User',
            index=Index(fields=['leaving_at']),
        ),
    ]
