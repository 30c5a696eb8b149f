"""What stands on the home of a club."""

import re
from html import unescape

import httpx

_PANEL = re.compile(r'<section class="panel"><h2 class="panel-title">(.*?)</h2>(.*?)</section>', re.DOTALL)
_MORE = re.compile(r'<p><a href="([^"]*)">')
_LINK = re.compile(r"<li><a [^>]*>([^<]*)</a>")


def panels(home: httpx.Response) -> dict[str, list[str]]:
    """The panels beside the news: the words of their links by their headings."""
    return {title: [unescape(link) for link in _LINK.findall(rest)] for title, rest in _sections(home)}


def more_of(home: httpx.Response) -> dict[str, str]:
    """Where "all of them" leads, by the headings of the panels that have it."""
    return {title: unescape(found[1]) for title, rest in _sections(home) if (found := _MORE.search(rest))}


def _sections(home: httpx.Response) -> list[tuple[str, str]]:
    assert home.status_code == 200, home.text
    return [(re.sub("<[^>]*>", "", title), rest) for title, rest in _PANEL.findall(home.text)]
