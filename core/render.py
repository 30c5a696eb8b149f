"""Pages: templates of parts, themes and the core, and what every template may rely on.

A template is addressed by its part (`wiki/pages/show.html`), so no plugin can shadow another. It is looked for in the theme,
then in the part; un-prefixed names (`layout.html`, `ui.html`) in the theme, then in the core. `default:` before a name skips
the theme, so that a theme can extend what it replaces.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, select_autoescape
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from core import i18n
from core.errors import SettingsError
from core.fragments import FragmentExtension, Kept
from core.permissions import can

if TYPE_CHECKING:
    from core.app import Cercle
    from core.http import Request

CORE = Path(__file__).parent
DIST = CORE / "static" / "dist"
PRIVATE = "private, no-store"
ROOM = 32 * 1024 * 1024  # characters of pages that are kept


@dataclass(frozen=True, slots=True)
class Theme:
    """A face: tokens and optional templates, never Python.

    Args:
        name: its folder below `themes/`.
        title: for the operator.
        folder: where it is.
        stylesheets: names below its `static/`.
    """

    name: str
    title: str
    folder: Path
    stylesheets: tuple[str, ...]


def find_theme(name: str) -> Theme:
    """Read a theme's `theme.toml`.

    Raises:
        SettingsError: when there is no such theme; names those there are.
    """
    themes = Path(__file__).parent.parent / "themes"
    path = themes / name / "theme.toml"
    if not path.is_file():
        known = ", ".join(sorted(p.parent.name for p in themes.glob("*/theme.toml")))
        raise SettingsError(f"CERCLE_THEME: there is no theme {name!r}; there are: {known}")
    manifest = tomllib.loads(path.read_text(encoding="utf-8"))
    sheets = tuple(manifest.get("stylesheets", ("tokens.css", "theme.css")))
    return Theme(name, manifest.get("title", name), path.parent, sheets)


class PartLoader(BaseLoader):
    """Finds templates by part, as the module's docstring says."""

    def __init__(self, theme: Path | None, parts: Mapping[str, Path]) -> None:
        self._theme = theme
        self._parts = parts

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:
        original = template.startswith("default:")
        name = template.removeprefix("default:")
        path = next((path for path in self._places(name, themed=not original) if path.is_file()), None)
        if path is None:
            raise TemplateNotFound(template)
        changed = path.stat().st_mtime
        return path.read_text(encoding="utf-8"), str(path), lambda: path.stat().st_mtime == changed

    def _places(self, name: str, *, themed: bool) -> list[Path]:
        if ".." in name or name.startswith("/"):
            return []
        part, _, rest = name.partition("/")
        places = [self._theme / "templates" / name] if themed and self._theme else []
        if rest and part in self._parts:
            places.append(self._parts[part] / "templates" / rest)
        else:
            places.append(CORE / "templates" / name)
        return places


class Pages:
    """Renders templates for requests.

    Args:
        app: the application.
        theme: its face.
        debug: whether templates are read again when they change.
    """

    def __init__(self, app: Cercle, theme: Theme, *, debug: bool = False) -> None:
        self._app = app
        self._versions: dict[str, str] = {}
        self._kept = Kept(ROOM)
        self.theme = theme
        folders = {loaded.name: loaded.folder for loaded in app.parts if loaded.name != "core"}
        self.environment = _environment(PartLoader(theme.folder, folders), auto_reload=debug)
        self.environment.globals.update(
            asset=self.asset,
            has_url=app.urls.has,
            theme=theme.name,
            theme_css=[self.static(f"theme-{theme.name}", sheet) for sheet in theme.stylesheets],
            site_name=app.settings.site_name,
            sign_up=app.settings.sign_up,
            languages=i18n.LANGUAGES,
            static=self.static,
        )

    def asset(self, name: str) -> str:
        """The address of a built front-end file."""
        return f"/static/core/dist/{self._app.assets.get(name, name)}"

    def static(self, part: str, path: str) -> str:
        """The address of a part's static file, with its version."""
        if part not in self._versions:
            self._versions[part] = self._app.static_version(part)
        return f"/static/{part}/{path}?v={self._versions[part]}"

    def render(self, template: str, **context: Any) -> str:
        """Render a template that is not a page: a mail, a fragment, a feed."""
        return self.environment.get_template(template).render(context)

    async def respond(
        self, request: Request, template: str, context: Mapping[str, Any], status: int, facts: Hashable | None = None
    ) -> Response:
        """Answer a request with a page. Whatever looked at the login session is never stored by anybody else."""
        key = None if facts is None else self._key(request, template, facts)
        html = None if key is None else self._kept.get(key)
        if html is None:
            html = Markup(self.environment.get_template(template).render({**self._common(request), **context}))  # noqa: S704
            if key is not None:
                self._kept.put(key, html)
        return HTMLResponse(html, status, {"Cache-Control": PRIVATE, "Vary": "Cookie, HX-Request"})

    def _key(self, request: Request, template: str, facts: Hashable) -> Hashable | None:
        """All that a page shows: its own facts, and those of its frame. None where there is a message or a search."""
        viewer, club, scope = request.viewer, request.club, request.scope
        if scope.get("query_string") or "cercle_messages" in scope or "cercle_flash" in scope:
            return None
        person = (viewer.id, viewer.name, viewer.handle, viewer.is_operator, viewer.clubs, viewer.timezone)
        place = club and (
            *(club.slug, club.name, club.purpose, club.accent, club.cover_hash, club.visibility, club.archived_at),
            request.access.grant,
        )
        scheme = request.cookies.get("scheme", "auto")
        return (template, scope["path"], i18n.language(), scheme, person, place, facts)

    def _common(self, request: Request) -> dict[str, Any]:
        viewer, scope = request.viewer, request.scope
        return {
            "request": request,
            "viewer": viewer,
            "club": request.club,
            "access": request.access,
            "role": viewer.role_in(request.club.id) if request.club else None,
            "tabs": self._app.navigation.tabs(request),
            "locale": i18n.language(),
            "direction": "ltr",
            "messages": scope.pop("cercle_messages", []) + _fresh(scope),
            "csp_nonce": scope.get("cercle_nonce", ""),
            "query": request.query_params.get("q", "")[:200],
            "scheme": request.cookies.get("scheme", "auto"),
            "url": request.path,
            "can": lambda permission, thing=None: can(viewer, self._permission(permission), thing),
        }

    def _permission(self, name: Any) -> Any:
        return self._app.permissions.get(str(name)) or name


@dataclass(frozen=True, slots=True)
class Message:
    """A flash message."""

    kind: str
    text: str


def _fresh(scope: Any) -> list[Message]:
    return [Message(kind, text) for kind, text in scope.pop("cercle_flash", [])]


def read_manifest() -> dict[str, str]:
    """Names of the built front-end files by their source names; empty before the first build."""
    path = DIST / "manifest.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def _environment(loader: BaseLoader, *, auto_reload: bool) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", FragmentExtension],
        auto_reload=auto_reload,
        cache_size=1000,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        date=i18n.short_date,
        datetime=i18n.long_datetime,
        ago=i18n.ago,
        number=i18n.number,
        filesize=i18n.filesize,
        iso=_iso,
        stored_html=Markup,
    )
    return environment


def _iso(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
