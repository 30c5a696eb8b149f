"""Reading the mail of the village's people."""

import re

from core.models import Mail


async def letters(address: str) -> list[Mail]:
    """What was sent to an address, oldest first."""
    return await Mail.filter(recipient=address).order_by("id")


async def link_in_last(address: str) -> str:
    """The path of the first link of the newest mail, which must begin with the configured base."""
    found = re.search(r"^http://127\.0\.0\.1:8000(/\S+)$", (await letters(address))[-1].text, re.MULTILINE)
    assert found is not None
    return found.group(1)
