"""Table of contents of clubs."""

from __future__ import annotations

from core.http import Route

site_routes: tuple[Route, ...] = ()
club_routes: tuple[Route, ...] = ()
