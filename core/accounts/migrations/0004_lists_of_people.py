from tortoise import migrations

from core.exact_index import ExactIndex


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_identity")]

    initial = False

    operations = [
        ExactIndex("idx_accounts_user_seen", "accounts_user", "seen_at DESC NULLS LAST, id DESC"),
        ExactIndex("idx_accounts_user_never", "accounts_user", "sort_name, id", "is_active AND (seen_at IS NULL) = TRUE"),
        ExactIndex("idx_accounts_user_closed", "accounts_user", "sort_name, id", "NOT is_active"),
        ExactIndex("idx_accounts_user_leaving", "accounts_user", "sort_name, id", "leaving_at IS NOT NULL"),
        ExactIndex("idx_accounts_user_weak", "accounts_user", "is_operator", "is_active AND NOT has_factor"),
        ExactIndex("idx_accounts_user_operators", "accounts_user", "sort_name, id", "is_operator"),
    ]
