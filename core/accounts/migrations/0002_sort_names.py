from tortoise import migrations

from core.collation import sort_name
from core.migrate import SortKeys


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    initial = False

    operations = [SortKeys("accounts_user", "sort_name", "name", sort_name, length=120)]
