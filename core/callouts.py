"""Titles of the boxes that stand out in a text: stored in English, shown in the language of who reads."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from core.i18n import gettext
from core.markdown import CALLOUTS

_TITLE = re.compile(
    r'(<div class="callout callout-(note|tip|important|warning|caution)">\s*<p class="callout-title">)[^<]*(</p>)'
)


def stored_html(html: str) -> Markup:
    """HTML that was cleaned when it was saved, with the titles of its boxes in the language of the request."""
    if 'class="callout-title"' in html:
        html = _TITLE.sub(_titled, html)
    return Markup(html)  # noqa: S704 - cleaned by `core.safe_html`


def _titled(match: re.Match[str]) -> str:
    return f"{match[1]}{escape(gettext(CALLOUTS[match[2]]))}{match[3]}"
