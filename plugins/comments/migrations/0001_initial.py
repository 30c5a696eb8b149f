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
            name='Comment',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='comments_comments', on_delete=OnDelete.CASCADE)),
                ('plugin', fields.CharField(max_length=40)),
                ('kind', fields.CharField(max_length=40)),
                ('object_id', fields.BigIntField()),
                ('thread', fields.ForeignKeyField('comments.Comment', source_field='thread_id', null=True, db_constraint=True, to_field='id', related_name='replies', on_delete=OnDelete.CASCADE)),
                ('reply_to', fields.ForeignKeyField('comments.Comment', source_field='reply_to_id', null=True, db_constraint=True, to_field='id', related_name='direct_replies', on_delete=OnDelete.SET_NULL)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='comments_comments', on_delete=OnDelete.SET_NULL)),
                ('body', fields.TextField(unique=False)),
                ('body_html', fields.TextField(unique=False)),
                ('text', fields.TextField(default='', unique=False)),
                ('exact', fields.CharField(default='', max_length=1000)),
                ('prefix', fields.CharField(default='', max_length=80)),
                ('suffix', fields.CharField(default='', max_length=80)),
                ('version', fields.IntField(default=1)),
                ('answers', fields.IntField(default=0)),
                ('is_answer', fields.BooleanField(default=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('edited_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('removed_by', fields.ForeignKeyField('accounts.User', source_field='removed_by_id', null=True, db_constraint=True, to_field='id', related_name='comments_removed', on_delete=OnDelete.SET_NULL)),
                ('hidden_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('resolved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('resolved_by', fields.ForeignKeyField('accounts.User', source_field='resolved_by_id', null=True, db_constraint=True, to_field='id', related_name='comments_resolved', on_delete=OnDelete.SET_NULL)),
                ('locked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'comments_comment', 'app': 'comments', 'indexes': [Index(fields=['plugin', 'kind', 'object_id', 'id']), Index(fields=['thread_id', 'id']), Index(fields=['club_id', 'thread_id', 'id']), Index(fields=['author_id', 'club_id']), Index(fields=['reply_to_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ItemState',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='comments_item_states', on_delete=OnDelete.CASCADE)),
                ('plugin', fields.CharField(max_length=40)),
                ('kind', fields.CharField(max_length=40)),
                ('object_id', fields.BigIntField()),
                ('state', fields.CharField(max_length=10)),
            ],
            options={'table': 'comments_item_state', 'app': 'comments', 'unique_together': (('plugin', 'kind', 'object_id'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Reaction',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='comments_reactions', on_delete=OnDelete.CASCADE)),
                ('comment', fields.ForeignKeyField('comments.Comment', source_field='comment_id', db_constraint=True, to_field='id', related_name='reactions', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('accounts.User', source_field='user_id', db_constraint=True, to_field='id', related_name='comments_reactions', on_delete=OnDelete.CASCADE)),
                ('sign', fields.CharField(max_length=10)),
            ],
            options={'table': 'comments_reaction', 'app': 'comments', 'unique_together': (('comment', 'user', 'sign'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Revision',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='comments_revisions', on_delete=OnDelete.CASCADE)),
                ('comment', fields.ForeignKeyField('comments.Comment', source_field='comment_id', db_constraint=True, to_field='id', related_name='revisions', on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('body', fields.TextField(unique=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'comments_revision', 'app': 'comments', 'unique_together': (('comment', 'number'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
