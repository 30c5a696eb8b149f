"""Pages: templates of parts, themes and the core, and what every template may rely on.

A template is addressed by its part (`wiki/pages/show.html`), so no plugin can shadow another. It is looked for in the theme,
then in the part; un-prefixed names (`layout.html`, `ui.html`) in the theme, then in the core. `default:` before a name skips
the theme, so that a theme can extend what it replaces.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, select_autoescape
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from core import i18n
from core.assets import static_version
from core.callouts import stored_html
from core.fragments import FragmentExtension, Kept
from core.mentions import name_people
from core.permissions import can
from core.settings import Settings
from core.themes import Theme
from core.themes.css import paper_of

if TYPE_CHECKING:
    from core.app import Cercle
    from core.http import Request

CORE = Path(__file__).parent
PRIVATE = "private, no-store"
FACES = 4  # themes, or editions of one that an author works on, that are kept ready
ROOM = 32 * 1024 * 1024  # characters of pages that are kept


class Fenced(SandboxedEnvironment):
    """Where templates of somebody else's theme run: away from Python's inner names and from the site's secrets."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may look at an attribute."""
        return super().is_safe_attribute(obj, attr, value) and not isinstance(obj, Settings)


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


@dataclass(frozen=True, slots=True)
class Face:
    """A theme at work: its colours for the browser's own frame, and the templates as it has them."""

    paper: tuple[str, str]
    environment: Environment


class Pages:
    """Renders templates for requests, in the site's theme or the one that an operator tries.

    Args:
        app: the application.
    """

    def __init__(self, app: Cercle) -> None:
        self._app = app
        self._versions: dict[str, str] = {}
        self._kept = Kept(ROOM)
        self._faces: OrderedDict[tuple[str, ...], Face] = OrderedDict()
        self._headers = {
            "Cache-Control": PRIVATE,
            "Vary": "Cookie, HX-Request",
            "Speculation-Rules": f'"{self.asset("prefetch.speculationrules")}"',
        }

    @property
    def environment(self) -> Environment:
        """The templates in the site's theme."""
        return self._face(self._app.appearance.theme).environment

    @property
    def paper(self) -> tuple[str, str]:
        """The ground of the site's theme by day and by night, as `#rrggbb`."""
        return self._face(self._app.appearance.theme).paper

    def _face(self, theme: Theme) -> Face:
        """Made when it is first asked for, and anew when a file of the theme or what pages say of the site has changed."""
        settings = self._app.settings
        name = (theme.name, theme.edition, settings.site_name, settings.sign_up)
        face = self._faces.get(name) or self._faces.setdefault(name, self._make_face(theme))
        self._faces.move_to_end(name)
        while len(self._faces) > FACES:
            self._faces.popitem(last=False)
        return face

    def _make_face(self, theme: Theme) -> Face:
        app = self._app
        folders = {loaded.name: loaded.folder for loaded in app.parts if loaded.name != "core"}
        environment = environment_of(PartLoader(theme.folder, folders), trusted=theme.is_bundled)
        paper = paper_of(theme)
        environment.globals.update(
            asset=self.asset,
            has_url=app.urls.has,
            paper=paper,
            theme=theme.name,
            theme_css=[theme.address(sheet) for sheet in theme.stylesheets],
            site_name=app.settings.site_name,
            sign_up=app.settings.sign_up,
            languages=i18n.LANGUAGES,
            static=self.static,
        )
        return Face(paper, environment)

    def asset(self, name: str) -> str:
        """The address of a built front-end file."""
        return f"/static/core/dist/{self._app.assets.get(name, name)}"

    def static(self, part: str, path: str) -> str:
        """The address of a part's static file, with its version."""
        if part not in self._versions:
            self._versions[part] = static_version(self._app.static_folders().get(part))
        return f"/static/{part}/{path}?v={self._versions[part]}"

    def render(self, template: str, **context: Any) -> str:
        """Render a template that is not a page: a mail, a fragment, a feed."""
        return self.environment.get_template(template).render(context)

    def piece(self, request: Request, template: str, context: Mapping[str, Any]) -> Markup:
        """A part of a page, rendered by itself: what a plugin does wrong in it stays in it."""
        shown = self.environment.get_template(template).render(self._common(request), context=context)
        return Markup(shown)  # noqa: S704 - the template escapes

    async def respond(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        status: int,
        facts: Hashable | None = None,
        later: Callable[[], Awaitable[Mapping[str, Any]]] | None = None,
    ) -> Response:
        """Answer a request with a page. Whatever looked at the login session is never stored by anybody else."""
        tried = self._app.appearance.tried_by(request)
        key = None if facts is None or tried else self._key(request, template, facts)
        html = None if key is None else self._kept.get(key)
        if html is None:
            rest = await later() if later else {}
            whole = {**self._common(request), "messages": _messages(request.scope), **context, **rest}
            html = self._shown(template, whole, tried)
            if key is not None:
                self._kept.put(key, html)
        shown = await name_people(html, request.find_people) if request.find_people else html
        return HTMLResponse(shown, status, self._headers)

    def _shown(self, template: str, context: dict[str, Any], tried: Theme | None) -> Markup:
        """The page; in the site's theme, with the reason, when the theme that is tried cannot show it."""
        if tried is None:
            return Markup(self.environment.get_template(template).render(context))  # noqa: S704 - the template escapes
        try:
            shown = self._face(tried).environment.get_template(template).render(context, tried=tried)
        except Exception as error:  # noqa: BLE001 - whatever a template does wrong, the operator must find the way back
            fault = f"{type(error).__name__}: {error}"
            shown = self.environment.get_template(template).render(context, tried=tried, tried_fault=fault[:300])
        return Markup(shown)  # noqa: S704 - the template escapes

    def _key(self, request: Request, template: str, facts: Hashable) -> Hashable | None:
        """All that a page shows: its own facts, and those of its frame. None where there is a message or a search."""
        viewer, club, scope = request.viewer, request.club, request.scope
        if scope.get("query_string") or "cercle_messages" in scope or "cercle_flash" in scope:
            return None
        person = (
            *(viewer.id, viewer.name, viewer.handle, viewer.photo_hash, viewer.is_operator),
            *(viewer.clubs, viewer.locked, viewer.timezone, viewer.operator_name, viewer.acting_until),
        )
        place = club and (
            *(club.slug, club.name, club.purpose, club.accent, club.cover_hash, club.visibility, club.archived_at),
            *(club.tabs, club.landing, club.visitor_landing, self._app.navigation.trail(request)),
            *(request.seen_as, request.access.grant, request.access.away, request.access.erasures),
            request.access.orphan,
        )
        theme, notices = self._app.appearance.theme, self._app.navigation.notices(request)
        face = (theme.name, theme.edition, i18n.language(), request.cookies.get("scheme", "auto"), notices)
        return (template, scope["path"], *face, person, place, facts)

    def _common(self, request: Request) -> dict[str, Any]:
        viewer, scope = request.viewer, request.scope
        return {
            "request": request,
            "viewer": viewer,
            "club": request.club,
            "access": request.access,
            "role": viewer.role_in(request.club.id) if request.club else None,
            "tabs": self._app.navigation.tabs(request),
            "banners": self._app.navigation.banners(request),
            "trail": self._app.navigation.trail(request),
            "notices": self._app.navigation.notices(request),
            "plugin_title": request.plugin_title,
            "slots": partial(self._app.slots.shown, request),
            "locale": i18n.language_tag(),
            "direction": i18n.direction(),
            "csp_nonce": scope.get("cercle_nonce", ""),
            "query": request.query_params.get("q", "")[:200],
            "scheme": request.cookies.get("scheme", "auto"),
            "url": request.path,
            "tried": None,
            "tried_fault": "",
            "can": lambda permission, thing=None: can(viewer, self._permission(permission), thing),
        }

    def _permission(self, name: Any) -> Any:
        return self._app.permissions.get(str(name)) or name


@dataclass(frozen=True, slots=True)
class Message:
    """A flash message.

    Args:
        kind: `success`, `info`, `warning` or `error`.
        text: what happened.
        undo: the path of a POST that takes it back, when there is one.
        fields: what is posted there.
    """

    kind: str
    text: str
    undo: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def _messages(scope: Any) -> list[Message]:
    return [*scope.pop("cercle_messages", []), *(Message(*said) for said in scope.pop("cercle_flash", []))]


def environment_of(loader: BaseLoader, *, trusted: bool = True) -> Environment:
    """What understands our templates.

    Args:
        loader: finds them.
        trusted: False for templates that reach no further than what they are given.
    """
    environment = (Environment if trusted else Fenced)(
        loader=loader,
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", FragmentExtension],
        auto_reload=False,
        cache_size=1000,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(i18n.gettext, i18n.plural, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        date=i18n.short_date,
        datetime=i18n.long_datetime,
        ago=i18n.ago,
        clock=i18n.clock,
        number=i18n.number,
        filesize=i18n.filesize,
        listing=i18n.listing,
        iso=partial(datetime.isoformat, timespec="seconds"),
        stored_html=stored_html,
    )
    return environment
