"""Which theme the site wears: what the settings fix or an operator chose, and what one operator tries for themselves.

The choice is a row; other processes hear of it on the bus. What somebody tries is a signed cookie that holds for them alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import Response
from tortoise.exceptions import BaseORMException

from core import audit
from core.bus import Bus
from core.db import after_commit, atomic
from core.errors import Forbidden, Invalid, NotFound, SettingsError
from core.i18n import gettext
from core.models import Setting
from core.permissions import Asker
from core.settings import Settings
from core.themes import Theme, Themes

if TYPE_CHECKING:
    from core.http import Request

logger = logging.getLogger("cercle.themes")

TOPIC = "core:theme"
PART = "core"  # of the row in `core.models.Setting`, under the key `theme`
COOKIE = "cercle_theme"
TRIAL = 2 * 60 * 60  # seconds that a theme is tried


class Appearance:
    """The site's theme.

    Args:
        settings: of the site.

    Raises:
        SettingsError: when they name a theme that is not there.
    """

    def __init__(self, settings: Settings, bus: Bus) -> None:
        self.themes = Themes(None if settings.safe else settings.data_dir)
        self.is_fixed = "theme" in settings.model_fields_set
        self.theme = self._of_settings(settings.theme)
        self._default = settings.theme
        self._bus = bus
        self._secure = settings.is_secure
        self._signer = URLSafeTimedSerializer(settings.secret_key, salt="theme")

    async def load(self) -> None:
        """Wear what was chosen; the default when that is gone or cannot be read."""
        row = None if self.is_fixed else await Setting.get_or_none(scope="site", owner_id=0, part=PART)
        self._wear(str(row.values.get("theme", self._default)) if row else self._default)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Wear what was chosen, and change with the other processes of the site, until the block is left."""
        await self.load()
        async with self._bus.subscribe(TOPIC) as messages:
            task = asyncio.create_task(self._follow(messages))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def choose(self, name: str, *, actor: Asker | None) -> Theme:
        """Let everybody see the site in a theme.

        Raises:
            Forbidden: when the settings fix the theme.
            NotFound: when there is no such theme.
            Invalid: when it has errors; they are the errors of the field `theme`.
        """
        if self.is_fixed:
            raise Forbidden(gettext("CERCLE_THEME fixes the theme of this site."))
        theme = self.find(name)
        await self._refuse_faults(theme)
        async with atomic():
            row, _ = await Setting.get_or_create(scope="site", owner_id=0, part=PART)
            before = str(row.values.get("theme", self._default))
            row.values = {**row.values, "theme": name}
            await row.save(update_fields=["values"])
            await audit.record(
                "core.theme_chosen", actor=actor, subject=name, before={"theme": before}, after={"theme": name}
            )
            after_commit(lambda: self._bus.publish(TOPIC, {"theme": name}))
        self._wear(name)
        return theme

    def find(self, name: str) -> Theme:
        """A theme as its files are now.

        Raises:
            NotFound: when there is none of that name, or its manifest cannot be read.
        """
        try:
            return self.themes.find(name)
        except SettingsError as error:
            raise NotFound(error.message) from None

    def try_on(self, response: Response, theme: Theme, request: Request) -> None:
        """Show the site in a theme to this operator alone, for two hours."""
        value = self._signer.dumps([request.viewer.id, theme.name])
        response.set_cookie(
            COOKIE, str(value), max_age=TRIAL, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def take_off(self, response: Response) -> None:
        """Show the site as everybody sees it."""
        response.delete_cookie(COOKIE, path="/", secure=self._secure, httponly=True, samesite="lax")

    def tried_by(self, request: Request) -> Theme | None:
        """The theme that this viewer tries at the moment, as its files are now; None for nearly everybody."""
        value = request.cookies.get(COOKIE) if request.viewer.is_operator else None
        if value is None:
            return None
        try:
            person, name = self._signer.loads(value, max_age=TRIAL)
            return self.themes.find(str(name)) if person == request.viewer.id else None
        except (BadSignature, SettingsError, ValueError, TypeError):
            return None

    def _of_settings(self, name: str) -> Theme:
        try:
            return self.themes.find(name)
        except SettingsError as error:
            raise SettingsError(f"CERCLE_THEME: {error.message}") from None

    def _wear(self, name: str) -> None:
        try:
            self.theme = self.themes.find(name)
        except SettingsError as error:
            logger.error("The chosen theme is not used: %s", error.message)
            self.theme = self.themes.find(self._default)

    async def _follow(self, messages: AsyncIterator[object]) -> None:
        async for _ in messages:  # also after a gap, in which a choice may have been missed
            try:
                await self.load()
            except (BaseORMException, OSError) as error:
                logger.warning("The chosen theme could not be read: %s", error)

    @staticmethod
    async def _refuse_faults(theme: Theme) -> None:
        from core.themes.check import faults_of

        faults = await asyncio.to_thread(faults_of, theme)
        if faults:
            text = gettext("This theme has errors and cannot be chosen.")
            raise Invalid(text, errors={"theme": [str(fault) for fault in faults]})
