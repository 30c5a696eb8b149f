"""Fields that the operator defines, and what people answer to them.

Fields and answers belong to the site, so that nobody types a phone number twice; what of them is seen in a club is decided
when it is read, by membership, audience and the club's switch. Only an absence belongs to one club.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.models import Model

from cercle import N_, gettext

KINDS = {
    "text": N_("A line of text"),
    "long": N_("Several lines"),
    "list": N_("A list of words"),
    "choice": N_("One of several choices"),
    "phone": N_("A phone number"),
    "url": N_("A web address"),
}
AUDIENCES = {
    "club": N_("My clubs"),
    "site": N_("Everybody signed in"),
    "moderators": N_("Moderators"),
    "nobody": N_("Just me"),
}
TAGGED = frozenset({"text", "list", "choice"})
SKILLS, CAN_HELP, LOOKING_FOR = "skills", "can_help", "looking_for"
SKILL_FACET = "skill"


class FieldGroup(Model):
    """Fields that stand together under one heading."""

    id = fields.IntField(primary_key=True)
    label = fields.CharField(max_length=60)
    position = fields.IntField(default=0)

    class Meta:
        table = "directory_field_group"

    @property
    def title(self) -> str:
        """Its heading in the reader's language."""
        return gettext(self.label)


class ProfileField(Model):
    """A question that everybody may answer about themselves.

    `key` never changes; `label` and `hint` do (those of ours are in the source language). A hidden field is asked and shown
    nowhere, and keeps its answers.
    """

    id = fields.IntField(primary_key=True)
    group: fields.ForeignKeyRelation[FieldGroup] = fields.ForeignKeyField("directory.FieldGroup", related_name="fields")
    key = fields.CharField(max_length=40, unique=True)
    label = fields.CharField(max_length=80)
    hint = fields.CharField(max_length=200, default="")
    kind = fields.CharField(max_length=10)
    choices: Any = fields.JSONField[list[str]](default=list)
    position = fields.IntField(default=0)
    is_facet = fields.BooleanField(default=False)
    is_hidden = fields.BooleanField(default=False)

    if TYPE_CHECKING:
        group_id: int

    class Meta:
        table = "directory_field"

    @property
    def title(self) -> str:
        """Its label in the reader's language."""
        return gettext(self.label)

    @property
    def advice(self) -> str:
        """Its hint in the reader's language."""
        return gettext(self.hint)

    @property
    def can_filter(self) -> bool:
        """Whether its answers can be offered as filters."""
        return self.kind in TAGGED


class Profile(Model):
    """That somebody has looked at their profile, and whether they are listed in directories at all."""

    id = fields.IntField(primary_key=True)
    user: fields.OneToOneRelation[Any] = fields.OneToOneField("accounts.User", related_name="directory_profile")
    is_listed = fields.BooleanField(default=True)
    updated_at = fields.DatetimeField(auto_now=True)

    if TYPE_CHECKING:
        user_id: int

    class Meta:
        table = "directory_profile"


class Answer(Model):
    """What one person says in one field, and who sees it. A list has one entry on each line.

    `folded` is the text as searches compare it.
    """

    id = fields.BigIntField(primary_key=True)
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="directory_answers")
    field: fields.ForeignKeyRelation[ProfileField] = fields.ForeignKeyField(
        "directory.ProfileField", related_name="answers"
    )
    audience = fields.CharField(max_length=12, default="club")
    text = fields.TextField(default="")
    folded = fields.TextField(default="")

    if TYPE_CHECKING:
        user_id: int
        field_id: int

    class Meta:
        table = "directory_answer"
        unique_together = (("user", "field"),)

    @property
    def entries(self) -> list[str]:
        """The entries of a list."""
        return self.text.split("\n") if self.text else []


class Tag(Model):
    """One entry of an answer, for filters and their numbers. Two spellings with the same `key` are one filter."""

    id = fields.BigIntField(primary_key=True)
    answer: fields.ForeignKeyRelation[Answer] = fields.ForeignKeyField("directory.Answer", related_name="tags")
    key = fields.CharField(max_length=120)
    label = fields.CharField(max_length=120)

    if TYPE_CHECKING:
        answer_id: int

    class Meta:
        table = "directory_tag"
        unique_together = (("answer", "key"),)
        indexes = (("key",),)


class Absence(Model):
    """Somebody who does not want to be listed in one club's directory."""

    id = fields.BigIntField(primary_key=True)
    club: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("spaces.Club", related_name="directory_absences")
    user: fields.ForeignKeyRelation[Any] = fields.ForeignKeyField("accounts.User", related_name="directory_absences")

    if TYPE_CHECKING:
        club_id: int
        user_id: int

    class Meta:
        table = "directory_absence"
        unique_together = (("club", "user"),)
