from tortoise import migrations

from cercle import SortKeys, sort_key


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    initial = False

    operations = [SortKeys("files_entry", "sort_key", "name", sort_key)]
