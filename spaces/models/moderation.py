"""What members report, and what moderators decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from core.accounts.models import User
    from spaces.models.clubs import Club


class Case(Model):
    """An item or a person that somebody finds against the club's rules, or that waits because its author is new.

    `plugin`, `kind` and `object_id` name the item; `person` is its author, or who is reported. `key` is the same as one word as
    long as the case is open, so that there is one at most. `state` is `open`, `kept` (nothing was wrong), `hidden`, `removed`
    (the person), `appealed`, `restored` or `upheld`. The author reads `decision`, never who reported.
    """

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Club] = fields.ForeignKeyField("spaces.Club", related_name="cases")
    key = fields.CharField(max_length=120, null=True)
    plugin = fields.CharField(max_length=40, default="", db_default="")
    kind = fields.CharField(max_length=40, default="", db_default="")
    object_id = fields.BigIntField(null=True)
    title = fields.CharField(max_length=250, default="", db_default="")
    url = fields.CharField(max_length=600, default="", db_default="")
    person: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="cases_about", null=True
    )
    is_trial = fields.BooleanField(default=False, db_default=False)
    state = fields.CharField(max_length=10, default="open", db_default="open")
    reason = fields.CharField(max_length=20, default="", db_default="")
    decision = fields.CharField(max_length=1000, default="", db_default="")
    decided_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="decided_cases", null=True, on_delete=fields.SET_NULL
    )
    decided_at = fields.DatetimeField(null=True)
    appeal = fields.CharField(max_length=1000, default="", db_default="")
    appealed_at = fields.DatetimeField(null=True)
    answer = fields.CharField(max_length=1000, default="", db_default="")
    answered_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="answered_cases", null=True, on_delete=fields.SET_NULL
    )
    answered_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        club_id: int
        person_id: int | None
        decided_by_id: int | None
        answered_by_id: int | None

    class Meta:
        table = "spaces_case"
        unique_together = (("club", "key"),)
        indexes = (("club_id", "state", "id"), ("plugin", "kind", "object_id"), ("person_id", "id"), ("state", "id"))


class Report(Model):
    """What one person said about a case: a reason from a list, and words of their own."""

    id = fields.BigIntField(primary_key=True)
    case: fields.ForeignKeyRelation[Case] = fields.ForeignKeyField("spaces.Case", related_name="reports")
    reporter: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "accounts.User", related_name="reports_made", null=True, on_delete=fields.SET_NULL
    )
    reason = fields.CharField(max_length=20)
    words = fields.CharField(max_length=1000, default="", db_default="")
    created_at = fields.DatetimeField(auto_now_add=True)

    if TYPE_CHECKING:
        case_id: int
        reporter_id: int | None

    class Meta:
        table = "spaces_report"
        unique_together = (("case", "reporter"),)
