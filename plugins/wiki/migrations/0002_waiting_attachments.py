from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

UNIQUE = 'CREATE UNIQUE INDEX "uid_wiki_attach_page_id_aa8aaf" ON "wiki_attachment" ("page_id", "name")'


async def keep_names_unique(apps: Any, editor: Any) -> None:
    """SQLite makes the table anew to change a column, and Tortoise 1.1.9 leaves out what is unique together."""
    if editor.DIALECT == "sqlite":
        await editor.client.execute_query(UNIQUE)


class Migration(migrations.Migration):
    dependencies = [('accounts', '0002_sort_names'), ('spaces', '0003_club_sort_name'), ('wiki', '0001_initial')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Attachment',
            name='page',
            field=fields.ForeignKeyField('wiki.Page', source_field='page_id', null=True, db_constraint=True, to_field='id', related_name='attachments', on_delete=OnDelete.CASCADE),
        ),
        ops.RunPython(keep_names_unique),
    ]
