import pytest, time
from core.accounts.models import User
from core.db import atomic
pytestmark = pytest.mark.anyio

@pytest.mark.parametrize("n", range(4))
async def test_it(village, n):
    assert await User.all().count() == 7
    t=time.perf_counter()
    answer = await village.client(village.owner).get("/healthz")
    assert answer.status_code == 200
    v = await village.viewer(village.member)
    print(v)
    with village.queries() as seen:
        await User.filter(id=1).first()
        async with atomic():
            await User.filter(id=1).update(name="x")
            await User.filter(id=1).first()
    assert seen.count == 3
    a = await village.api().get("openapi.json")
    assert a.status_code == 200
    a = await village.client(village.member).get("/c/atelier/nothing")
    print(a.status_code, a.text[:300])
