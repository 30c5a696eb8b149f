"""What stands on the home of a club."""

import re
from html import unescape

import httpx

_PANEL = re.compile(r'<section class="panel"><h2 class="panel-title">(.*?)</h2>(.*?)</section>', re.DOTALL)
_LINK = re.compile(r"<li><a [^>]*>([^<]*)</a>")


def panels(home: httpx.Response) -> dict[str, list[str]]:
    """The panels beside the news: the words of their links by their headings."""
    assert home.status_code == 200, home.text
    found = _PANEL.findall(home.text)
    return {re.sub("<[^>]*>", "", title): [unescape(link) for link in _LINK.findall(rest)] for title, rest in found}
