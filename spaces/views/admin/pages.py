"""What all pages of the console share: the tabs on top, and the way through long lists."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from core.http import Request
from core.i18n import gettext

TABS = {
    "admin": "activity",
    "admin.clubs": "layout-grid",
    "admin.plugins": "puzzle",
    "admin.plans": "hard-drive",
    "admin.people": "users",
    "admin.settings": "settings",
    "admin.policies": "key-round",
    "admin.providers": "log-in",
    "admin.rights": "shield",
    "admin.appearance": "palette",
    "admin.moderation": "flag",
    "admin.announcements": "megaphone",
    "admin.audit": "history",
    "admin.machine": "wrench",
}


async def console(request: Request, template: str, here: str, status: int = 200, **context: Any) -> Response:
    """Answer with a page of the console.

    Args:
        template: below `spaces/admin/`.
        here: the tab that it belongs to.
        status: of the answer.
        context: for the template.
    """
    labels = {
        "admin": gettext("Overview"),
        "admin.clubs": gettext("Clubs"),
        "admin.plugins": gettext("Plugins"),
        "admin.plans": gettext("Plans"),
        "admin.people": gettext("People"),
        "admin.settings": gettext("Settings"),
        "admin.policies": gettext("Policies"),
        "admin.providers": gettext("Providers"),
        "admin.rights": gettext("Rights"),
        "admin.appearance": gettext("Appearance"),
        "admin.moderation": gettext("Moderation"),
        "admin.announcements": gettext("Announcements"),
        "admin.audit": gettext("Audit log"),
        "admin.machine": gettext("Machine"),
    }
    links = [
        {"label": labels[tab], "url": request.path(f"spaces:{tab}"), "icon": icon, "active": tab == here}
        for tab, icon in TABS.items()
    ]
    for answer in await request.app.hooks.collect("console_links"):
        links += [{"label": link.label, "url": link.url, "icon": link.icon, "active": False} for link in answer.value]
    return await request.page(f"spaces/admin/{template}", status, admin_tabs=links, **context)


def before_of(request: Request) -> int | None:
    """The id after which an older page of a list goes on."""
    text = request.query_params.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
