from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names'), ('accounts', '0003_identity'), ('spaces', '0006_life_of_clubs')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Ban',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='bans', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='bans', on_delete=OnDelete.CASCADE)),
                ('reason', fields.CharField(default='', max_length=500)),
                ('decided_by', fields.ForeignKeyField('accounts.User', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='decided_bans', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spaces_ban', 'app': 'spaces', 'unique_together': (('club', 'user'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Case',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='cases', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(null=True, max_length=120)),
                ('plugin', fields.CharField(default='', db_default='', max_length=40)),
                ('kind', fields.CharField(default='', db_default='', max_length=40)),
                ('object_id', fields.BigIntField(null=True)),
                ('title', fields.CharField(default='', db_default='', max_length=250)),
                ('url', fields.CharField(default='', db_default='', max_length=600)),
                ('person', fields.ForeignKeyField('accounts.User', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name='cases_about', on_delete=OnDelete.CASCADE)),
                ('is_trial', fields.BooleanField(default=False, db_default=False)),
                ('state', fields.CharField(default='open', db_default='open', max_length=10)),
                ('reason', fields.CharField(default='', db_default='', max_length=20)),
                ('decision', fields.CharField(default='', db_default='', max_length=1000)),
                ('decided_by', fields.ForeignKeyField('accounts.User', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name='decided_cases', on_delete=OnDelete.SET_NULL)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('appeal', fields.CharField(default='', db_default='', max_length=1000)),
                ('appealed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answer', fields.CharField(default='', db_default='', max_length=1000)),
                ('answered_by', fields.ForeignKeyField('accounts.User', source_field='answered_by_id', null=True, db_constraint=True, to_field='id', related_name='answered_cases', on_delete=OnDelete.SET_NULL)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'spaces_case', 'app': 'spaces', 'unique_together': (('club', 'key'),), 'indexes': [Index(fields=['club_id', 'state', 'id']), Index(fields=['plugin', 'kind', 'object_id']), Index(fields=['person_id', 'id']), Index(fields=['state', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ClubMerge',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('source', fields.ForeignKeyField('spaces.Club', source_field='source_id', db_constraint=True, to_field='id', related_name='merged_into', on_delete=OnDelete.CASCADE)),
                ('target', fields.ForeignKeyField('spaces.Club', source_field='target_id', db_constraint=True, to_field='id', related_name='merged_from', on_delete=OnDelete.CASCADE)),
                ('asked_by', fields.ForeignKeyField('accounts.User', source_field='asked_by_id', null=True, db_constraint=True, to_field='id', related_name='merges', on_delete=OnDelete.SET_NULL)),
                ('step', fields.CharField(default='', db_default='', max_length=60)),
                ('counts', fields.TextField(default='', db_default='', unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'spaces_club_merge', 'app': 'spaces', 'indexes': [Index(fields=['done_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ClubRole',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='roles', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=30)),
                ('label', fields.CharField(max_length=60)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'spaces_club_role', 'app': 'spaces', 'unique_together': (('club', 'name'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Report',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('case', fields.ForeignKeyField('spaces.Case', source_field='case_id', db_constraint=True, to_field='id', related_name='reports', on_delete=OnDelete.CASCADE)),
                ('reporter', fields.ForeignKeyField('accounts.User', source_field='reporter_id', null=True, db_constraint=True, to_field='id', related_name='reports_made', on_delete=OnDelete.SET_NULL)),
                ('reason', fields.CharField(max_length=20)),
                ('words', fields.CharField(default='', db_default='', max_length=1000)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'spaces_report', 'app': 'spaces', 'unique_together': (('case', 'reporter'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Club',
            name='inherited_role',
            field=fields.CharField(default='member', db_default='member', max_length=30),
        ),
        ops.AddField(
            model_name='Club',
            name='inherits_members',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Club',
            name='is_template',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Club',
            name='members_counted',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Club',
            name='note_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Club',
            name='note_by',
            field=fields.ForeignKeyField('accounts.User', source_field='note_by_id', null=True, db_constraint=True, to_field='id', related_name='pinned_notes', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Club',
            name='parent',
            field=fields.ForeignKeyField('spaces.Club', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name='groups', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Club',
            name='successor',
            field=fields.ForeignKeyField('accounts.User', source_field='successor_id', null=True, db_constraint=True, to_field='id', related_name='heir_of', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Club',
            name='successor_agreed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Club',
            name='trial_items',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name='Club',
            index=Index(fields=['members_counted', 'id']),
        ),
        ops.AddIndex(
            model_name='Club',
            index=Index(fields=['storage_used', 'id']),
        ),
        ops.AddIndex(
            model_name='Club',
            index=Index(fields=['parent_id']),
        ),
        ops.AddField(
            model_name='Content',
            name='hidden_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Content',
            name='is_on_trial',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Invitation',
            name='member_days',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='JoinRequest',
            name='reminded_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='came_by',
            field=fields.CharField(default='', db_default='', max_length=12),
        ),
        ops.AddField(
            model_name='Membership',
            name='expires_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='expiry_told_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='invited_by',
            field=fields.ForeignKeyField('accounts.User', source_field='invited_by_id', null=True, db_constraint=True, to_field='id', related_name='brought', on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Membership',
            name='is_inherited',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Membership',
            name='steps_done_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Membership',
            index=Index(fields=['club_id', 'joined_at']),
        ),
        ops.AddIndex(
            model_name='Membership',
            index=Index(fields=['expires_at']),
        ),
    ]
