from tortoise import migrations

from core.append_only import GuardAuditLog


class Migration(migrations.Migration):
    dependencies = [("core", "0004_audit_indexes")]

    initial = False

    operations = [GuardAuditLog()]
