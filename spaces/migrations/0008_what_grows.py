from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

from core.exact_index import ExactIndex

class Migration(migrations.Migration):
    dependencies = [('accounts', '0001_initial'), ('accounts', '0002_sort_names'), ('accounts', '0003_identity'), ('spaces', '0001_initial'), ('spaces', '0002_membership_visited_at'), ('spaces', '0003_club_sort_name'), ('spaces', '0004_plans_tabs_erasures'), ('spaces', '0005_factors_and_groups'), ('spaces', '0006_life_of_clubs'), ('spaces', '0007_groups_roles_and_cases')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Tally',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=40)),
                ('value', fields.BigIntField()),
                ('counted_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={'table': 'spaces_tally', 'app': 'spaces', 'pk_attr': 'name'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Club',
            name='ownerless_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Club',
            name='offered_to',
            field=fields.CharField(default='', db_default='', max_length=10),
        ),
        ops.AddIndex(
            model_name='Club',
            index=Index(fields=['kind', 'sort_name', 'slug']),
        ),
        ops.AddIndex(
            model_name='ClubMerge',
            index=Index(fields=['target_id', 'done_at']),
        ),
        ExactIndex("idx_spaces_members", "spaces_membership", "club_id, expires_at"),
        ExactIndex("idx_spaces_owners", "spaces_membership", "club_id, user_id", "role = 'owner'"),
        ExactIndex("idx_spaces_club_active", "spaces_club", "active_at DESC NULLS LAST, id DESC"),
        ExactIndex(
            "idx_spaces_club_filters",
            "spaces_club",
            "sort_name, id, slug, kind, visibility, deleted_at, archived_at, created_at, active_at, storage_used, quota, "
            "ownerless_at, member_limit",
        ),
        ExactIndex(
            "idx_spaces_club_words",
            "spaces_club",
            "sort_name, slug, visibility, deleted_at, archived_at, kind, parent_id, name, purpose",
        ),
        ExactIndex("idx_spaces_club_groups", "spaces_club", "parent_id, sort_name, id", "parent_id IS NOT NULL"),
        ExactIndex("idx_spaces_club_quotas", "spaces_club", "storage_used, quota, id", "quota IS NOT NULL"),
        ExactIndex("idx_spaces_club_limits", "spaces_club", "member_limit, id", "member_limit IS NOT NULL"),
        ExactIndex("idx_spaces_club_ownerless", "spaces_club", "deleted_at, id", "ownerless_at IS NOT NULL"),
        ExactIndex("idx_spaces_plugin_paused", "spaces_club_plugin", "club_id, paused_at", "paused_at IS NOT NULL"),
    ]
