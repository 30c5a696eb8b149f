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
            name='Page',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_pages', on_delete=OnDelete.CASCADE)),
                ('slug', fields.CharField(max_length=120)),
                ('title', fields.CharField(max_length=200)),
                ('body', fields.TextField(default='', unique=False)),
                ('body_html', fields.TextField(default='', unique=False)),
                ('toc', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('parent', fields.ForeignKeyField('wiki.Page', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name='children', on_delete=OnDelete.SET_NULL)),
                ('position', fields.IntField(default=0)),
                ('path', fields.CharField(default='', max_length=255)),
                ('version', fields.IntField(default=1)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='wiki_pages', on_delete=OnDelete.SET_NULL)),
                ('editor', fields.ForeignKeyField('accounts.User', source_field='editor_id', null=True, db_constraint=True, to_field='id', related_name='wiki_edited_pages', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('trashed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('trashed_slug', fields.CharField(default='', max_length=120)),
                ('links_digest', fields.CharField(default='', max_length=64)),
                ('stale_at', fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ('source', fields.CharField(null=True, max_length=1300)),
                ('source_hash', fields.CharField(default='', max_length=64)),
                ('source_version', fields.IntField(default=0)),
            ],
            options={'table': 'wiki_page', 'app': 'wiki', 'unique_together': (('club', 'slug'),), 'indexes': [Index(fields=['parent_id', 'position']), Index(fields=['club_id', 'title'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_attachments', on_delete=OnDelete.CASCADE)),
                ('page', fields.ForeignKeyField('wiki.Page', source_field='page_id', db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.CASCADE)),
                ('key', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=200)),
                ('hash', fields.CharField(max_length=64)),
                ('size', fields.BigIntField()),
                ('content_type', fields.CharField(max_length=180)),
                ('uploader', fields.ForeignKeyField('accounts.User', source_field='uploader_id', null=True, db_constraint=True, to_field='id', related_name='wiki_attachments', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('trashed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'wiki_attachment', 'app': 'wiki', 'unique_together': (('page', 'name'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PageLink',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_links', on_delete=OnDelete.CASCADE)),
                ('source', fields.ForeignKeyField('wiki.Page', source_field='source_id', db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.CASCADE)),
                ('target', fields.CharField(max_length=120)),
            ],
            options={'table': 'wiki_page_link', 'app': 'wiki', 'unique_together': (('source', 'target'),), 'indexes': [Index(fields=['club_id', 'target'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Redirect',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_redirects', on_delete=OnDelete.CASCADE)),
                ('slug', fields.CharField(max_length=120)),
                ('page', fields.ForeignKeyField('wiki.Page', source_field='page_id', db_constraint=True, to_field='id', related_name='redirects', on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'wiki_redirect', 'app': 'wiki', 'unique_together': (('club', 'slug'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Revision',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_revisions', on_delete=OnDelete.CASCADE)),
                ('page', fields.ForeignKeyField('wiki.Page', source_field='page_id', db_constraint=True, to_field='id', related_name='revisions', on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('base', fields.IntField(default=0)),
                ('title', fields.CharField(max_length=200)),
                ('body', fields.TextField(unique=False)),
                ('message', fields.CharField(default='', max_length=200)),
                ('author', fields.ForeignKeyField('accounts.User', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name='wiki_revisions', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'wiki_revision', 'app': 'wiki', 'unique_together': (('page', 'number'),), 'indexes': [Index(fields=['club_id', 'id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Tree',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.OneToOneField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='wiki_tree', on_delete=OnDelete.CASCADE)),
                ('changes', fields.BigIntField(default=0)),
            ],
            options={'table': 'wiki_tree', 'app': 'wiki', 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
