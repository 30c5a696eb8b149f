"""From the groups of an identity provider to places in clubs: rules, and what they give and take at each sign-in.

Only memberships that a rule gave are changed or ended; what people gave by hand is theirs. An owner is never made or lowered, and
the only owner of a club is never removed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tortoise.exceptions import IntegrityError

from core import audit
from core.accounts.models import Provider, User
from core.db import atomic
from core.errors import Conflict, Invalid, NotFound
from core.i18n import gettext
from core.permissions import Asker, base_of
from spaces.access import MEMBER_ROLES, rank
from spaces.models import Club, GroupRule, Membership
from spaces.queries.standing import stands
from spaces.services.actors import require_own_role
from spaces.services.barred import Banned
from spaces.services.memberships import Coming, change_role, insert_member, remove_member

logger = logging.getLogger("cercle.providers")

RULE_ROLES = tuple(role for role in MEMBER_ROLES if role != "owner")
MOST_RULES = 1000  # of one provider


async def add_group_rule(provider: Provider, group: str, club: Club, role: str, *, actor: Asker | None) -> GroupRule:
    """Give everybody in a group of a provider a place in a club, from their next sign-in on.

    Args:
        provider: whose group it is.
        group: its name, exactly as the provider sends it.
        club: where they belong.
        role: one of `RULE_ROLES`, or one of the club's own.
        actor: the operator.

    Raises:
        Invalid: by field.
    """
    if base_of(role) not in RULE_ROLES:
        raise Invalid(gettext("There is no such role."), field="role")
    if await GroupRule.filter(provider_id=provider.id).count() >= MOST_RULES:
        raise Invalid(gettext("This provider has too many rules already."))
    try:
        async with atomic():
            await require_own_role(club, role)
            rule = await GroupRule.create(provider_id=provider.id, group=group, club_id=club.id, role=role)
            await _record("spaces.group_rule_added", rule, provider, club, actor)
    except IntegrityError:
        raise Invalid(gettext("There is a rule for this group and club already."), field="group") from None
    return rule


async def remove_group_rule(provider: Provider, number: int, *, actor: Asker | None) -> None:
    """Drop a rule; memberships that it gave end at the next sign-in of each person.

    Raises:
        NotFound: when the provider has no such rule.
    """
    rule = await GroupRule.get_or_none(id=number, provider_id=provider.id).select_related("club")
    if rule is None:
        raise NotFound()
    async with atomic():
        await rule.delete()
        await _record("spaces.group_rule_removed", rule, provider, rule.club, actor)


async def follow_groups(user: User, provider: Provider, groups: Sequence[str]) -> list[str]:
    """Bring somebody's places in clubs in step with their groups.

    Returns:
        What did not go as the rules have it, in sentences for the person.
    """
    rules = await GroupRule.filter(provider_id=provider.id, club__deleted_at=None).select_related("club")
    wanted = _wanted([rule for rule in rules if rule.group in set(groups)])
    held = {one.club_id: one for one in await _given_by(provider, user)}
    notes = [await _end(one.club, user) for club_id, one in held.items() if club_id not in wanted]
    for club_id, rule in wanted.items():
        current = held.get(club_id)
        if current is None:
            notes.append(await _enter(rule, user, provider))
        elif current.role not in (rule.role, "owner"):
            notes.append(await _change(rule, user))
    return [note for note in notes if note]


def _wanted(rules: Sequence[GroupRule]) -> dict[int, GroupRule]:
    """The rule with the highest role for each club."""
    best: dict[int, GroupRule] = {}
    for rule in sorted(rules, key=lambda one: rank(one.role)):
        best[rule.club_id] = rule
    return best


async def _given_by(provider: Provider, user: User) -> list[Membership]:
    given = Membership.filter(stands(), user_id=user.id, provider_id=provider.id, club__deleted_at=None)
    return await given.select_related("club").order_by("id")


async def _enter(rule: GroupRule, user: User, provider: Provider) -> str:
    try:
        async with atomic():
            if await insert_member(rule.club, user.id, rule.role, actor=None, coming=Coming("group")):
                await Membership.filter(club_id=rule.club_id, user_id=user.id).update(provider_id=provider.id)
    except Banned:  # the mail about it has told them
        logger.info("%s is banned from %s and did not get in by a group", user.handle, rule.club.slug)
    except Conflict:
        logger.warning("%s is full: %s did not get in by a group of %s", rule.club.slug, user.handle, provider.slug)
        return gettext(
            "Your group belongs to %(club)s, but the club is full at the moment. Ask the people who run this site.",
            club=rule.club.name,
        )
    return ""


async def _change(rule: GroupRule, user: User) -> str:
    try:
        await change_role(rule.club, user, rule.role, actor=None)
    except (NotFound, Conflict, Invalid):  # removed, made its only owner, or the role gone, in this very moment
        logger.info("The place of %s in %s changed meanwhile", user.handle, rule.club.slug)
    return ""


async def _end(club: Club, user: User) -> str:
    try:
        await remove_member(club, user, actor=None)
    except NotFound:
        return ""
    except Conflict:
        logger.warning("%s stays the only owner of %s, though no group says so any more", user.handle, club.slug)
        return gettext(
            "Your groups no longer include %(club)s. You stay in it because you are its only owner.", club=club.name
        )
    return gettext("Your groups no longer include %(club)s, so you have left it.", club=club.name)


async def _record(action: str, rule: GroupRule, provider: Provider, club: Club, actor: Asker | None) -> None:
    facts = {"provider": provider.slug, "group": rule.group, "club": club.slug, "role": rule.role}
    given = {"after": facts} if action.endswith("added") else {"before": facts}
    await audit.record(action, actor=actor, subject=f"{rule.group} → {club.name}", club_id=club.id, **given)
