"""Operators: promotion, and never none."""

import asyncio

import pytest

from cercle.testing import Village
from core.accounts.models import LoginSession, User
from core.accounts.services import check_password, deactivate, demote, promote, reactivate
from core.errors import Conflict
from core.models import AuditEntry


async def test_a_promoted_person_signs_in_anew(village: Village) -> None:
    client = village.client(village.member)
    await client.get("/account/")
    assert await promote(village.member, actor=await village.viewer(village.operator))
    assert (await User.get(id=village.member.id)).is_operator
    assert (await client.get("/account/")).status_code == 303
    assert not await promote(village.member, actor=None)
    assert await AuditEntry.filter(action="accounts.operator_promoted").count() == 1


async def test_the_last_operator_stays(village: Village) -> None:
    for change in (demote, deactivate):
        with pytest.raises(Conflict):
            await change(village.operator, actor=None)
    user = await User.get(id=village.operator.id)
    assert (user.is_operator, user.is_active) == (True, True)


async def test_two_operators_who_remove_each_other_leave_one(village: Village) -> None:
    await promote(village.owner, actor=None)
    done = await asyncio.gather(
        demote(village.owner, actor=None), deactivate(village.operator, actor=None), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "NoneType"]
    assert await User.filter(is_operator=True, is_active=True).count() == 1


async def test_a_closed_account_is_out_on_the_next_request(village: Village) -> None:
    client, script = village.client(village.member), village.api(village.member)
    await client.get("/account/")
    await script.get("me")
    await deactivate(village.member, actor=None)
    assert (await client.get("/account/")).status_code == 303
    assert (await script.get("me")).status_code == 401
    assert await check_password(village.member.email, village.password) is None
    assert await LoginSession.all().count() == 0
    await reactivate(village.member, actor=None)
    assert await check_password(village.member.email, village.password) is not None
