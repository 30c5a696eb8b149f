"""The addresses of the console, as `spaces.routes` takes them over."""

from __future__ import annotations

from core.http import Route
from core.permissions import OPERATE
from spaces.views.admin import appearance, clubs, machine, overview, people, plugins, rights

admin_routes: tuple[Route, ...] = (
    Route("GET", "/admin/", overview.show, "admin", OPERATE),
    Route("POST", "/admin/", overview.update, "admin.update", OPERATE),
    Route("GET", "/admin/clubs", clubs.index, "admin.clubs", OPERATE),
    Route("GET", "/admin/clubs/{slug}", clubs.show, "admin.club", OPERATE),
    Route("POST", "/admin/clubs/{slug}", clubs.update, "admin.club.update", OPERATE),
    Route("POST", "/admin/clubs/{slug}/policy", clubs.set_club_policy, "admin.club.policy", OPERATE),
    Route("POST", "/admin/clubs/{slug}/archive", clubs.archive, "admin.club.archive", OPERATE),
    Route("POST", "/admin/clubs/{slug}/restore", clubs.restore, "admin.club.restore", OPERATE),
    Route("GET", "/admin/plugins", plugins.index, "admin.plugins", OPERATE),
    Route("POST", "/admin/plugins", plugins.update, "admin.plugins.update", OPERATE),
    Route("GET", "/admin/people", people.index, "admin.people", OPERATE),
    Route("GET", "/admin/people/{user}", people.show, "admin.person", OPERATE),
    Route("POST", "/admin/people/{user}", people.update, "admin.person.update", OPERATE),
    Route("POST", "/admin/requests/{request}/approve", people.approve, "admin.requests.approve", OPERATE),
    Route("POST", "/admin/requests/{request}/refuse", people.refuse, "admin.requests.refuse", OPERATE),
    Route("GET", "/admin/rights", rights.index, "admin.rights", OPERATE),
    Route("POST", "/admin/rights", rights.update, "admin.rights.update", OPERATE),
    Route("GET", "/admin/appearance", appearance.show, "admin.appearance", OPERATE),
    Route("POST", "/admin/appearance", appearance.update, "admin.appearance.update", OPERATE),
    Route("POST", "/admin/appearance/trial", appearance.start_trial, "admin.trial.create", OPERATE),
    Route("POST", "/admin/appearance/trial/end", appearance.end_trial, "admin.trial.delete", OPERATE),
    Route("GET", "/admin/appearance/{theme}/{scheme}.svg", appearance.show_sample, "admin.appearance.sample", OPERATE),
    Route("GET", "/admin/audit", machine.audit, "admin.audit", OPERATE),
    Route("GET", "/admin/machine", machine.show, "admin.machine", OPERATE),
    Route("GET", "/admin/mail", machine.mail, "admin.mail", OPERATE),
    Route("POST", "/admin/mail/{mail}/retry", machine.retry_mail, "admin.mail.retry", OPERATE),
    Route("GET", "/admin/faults", machine.faults, "admin.faults", OPERATE),
    Route("POST", "/admin/resume", machine.resume, "admin.resume", OPERATE),
)
