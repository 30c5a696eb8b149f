from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from core.collation import sort_key
from core.migrate import SortKeys


class Migration(migrations.Migration):
    dependencies = [("spaces", "0002_membership_visited_at")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Club",
            name="sort_name",
            field=fields.CharField(max_length=200, default="", db_default=""),
        ),
        SortKeys("spaces_club", "sort_name", "name", sort_key),
    ]
