from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('accounts', '0002_sort_names'), ('blog', '0001_initial'), ('spaces', '0003_club_sort_name')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('club', fields.ForeignKeyField('spaces.Club', source_field='club_id', db_constraint=True, to_field='id', related_name='blog_attachments', on_delete=OnDelete.CASCADE)),
                ('post', fields.ForeignKeyField('blog.Post', source_field='post_id', null=True, db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.SET_NULL)),
                ('key', fields.CharField(unique=True, max_length=32)),
                ('name', fields.CharField(max_length=200)),
                ('hash', fields.CharField(max_length=64)),
                ('size', fields.BigIntField()),
                ('content_type', fields.CharField(max_length=180)),
                ('uploader', fields.ForeignKeyField('accounts.User', source_field='uploader_id', null=True, db_constraint=True, to_field='id', related_name='blog_attachments', on_delete=OnDelete.SET_NULL)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'blog_attachment', 'app': 'blog', 'indexes': [Index(fields=['post_id', 'created_at']), Index(fields=['club_id', 'uploader_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
