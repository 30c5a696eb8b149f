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
            name='Post',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='blog_posts', on_delete=OnDelete.CASCADE)),
                ('slug', fields.CharField(max_length=100)),
                ('title', fields.CharField(max_length=200)),
                ('summary', fields.CharField(default='', max_length=400)),
                ('lead', fields.CharField(default='', max_length=400)),
                ('body', fields.TextField(default='', unique=False)),
                ('body_html', fields.TextField(default='', unique=False)),
                ('text', fields.TextField(default='', unique=False)),
                ('words', fields.IntField(default=0)),
                ('cover_hash', fields.CharField(null=True, max_length=64)),
                ('cover_size', fields.IntField(default=0)),
                ('cover_alt', fields.CharField(default='', max_length=200)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='blog_posts', on_delete=OnDelete.SET_NULL)),
                ('state', fields.CharField(default='draft', max_length=10)),
                ('trashed_state', fields.CharField(default='', max_length=10)),
                ('audience', fields.CharField(default='club', max_length=10)),
                ('publish_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('published_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('announced_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('trashed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('version', fields.IntField(default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blog_post', 'app': 'blog', 'unique_together': (('club', 'slug'),), 'indexes': [Index(fields=['club_id', 'published_at']), Index(fields=['state', 'published_at']), Index(fields=['author_id', 'club_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PostTag',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='blog_tags', on_delete=OnDelete.CASCADE)),
                ('post', fields.ForeignKeyField('blog.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='tags', on_delete=OnDelete.CASCADE)),
                ('slug', fields.CharField(max_length=60)),
                ('label', fields.CharField(max_length=40)),
            ],
            options={'table': 'blog_post_tag', 'app': 'blog', 'unique_together': (('post', 'slug'),), 'indexes': [Index(fields=['club_id', 'slug'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Redirect',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='blog_redirects', on_delete=OnDelete.CASCADE)),
                ('slug', fields.CharField(max_length=100)),
                ('post', fields.ForeignKeyField('blog.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='redirects', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'blog_redirect', 'app': 'blog', 'unique_together': (('club', 'slug'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Revision',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='blog_revisions', on_delete=OnDelete.CASCADE)),
                ('post', fields.ForeignKeyField('blog.Post', source_field='post_id', db_constraint=True, to_field='id', related_name='revisions', on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('title', fields.CharField(max_length=200)),
                ('summary', fields.CharField(default='', max_length=400)),
                ('body', fields.TextField(unique=False)),
                ('tags', fields.CharField(default='', max_length=500)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='blog_revisions', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'blog_revision', 'app': 'blog', 'unique_together': (('post', 'number'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
