"""Every route is guarded: it names a permission that exists, or it is public for a reason that is written here."""

from core.app import Cercle
from core.http import SAFE_METHODS
from core.permissions import OPERATE, SIGNED_IN

PUBLIC: dict[str, str] = {
    "core:healthz": "a load balancer asks it; it says one word",
    "core:readyz": "a load balancer asks it; it says one word",
    "core:openapi": "the description of the API holds no content",
    "core:security_txt": "RFC 9116 wants it open",
}
LASTING_READS: dict[str, str] = {}


def test_every_public_route_has_its_reason(site: Cercle) -> None:
    public = {f"{part.name}:{route.name}" for _, part, route, _ in site.router.all() if route.public}
    assert public == set(PUBLIC)


def test_every_permission_of_a_route_is_declared(site: Cercle) -> None:
    unknown = [
        (path, str(route.permission))
        for path, _, route, _ in site.router.all()
        if not route.public
        and str(route.permission) not in (OPERATE, SIGNED_IN)
        and site.permissions.get(str(route.permission)) is None
    ]
    assert unknown == []


def test_a_route_that_changes_something_needs_a_permission_that_writes(site: Cercle) -> None:
    wrong = {
        f"{part.name}:{route.name}"
        for _, part, route, _ in site.router.all()
        for method in route.method_list
        if method not in SAFE_METHODS
        and route.writes(method)
        and (declared := site.permissions.get(str(route.permission))) is not None
        and not declared.writes
    }
    assert wrong == set(LASTING_READS)


def test_a_plugin_guards_its_routes_with_its_own_permissions(site: Cercle) -> None:
    foreign = [
        (path, str(route.permission))
        for path, part, route, _ in site.router.all()
        if part.part.scope == "club" and not route.public and not str(route.permission).startswith(f"{part.name}.")
    ]
    assert foreign == []


def test_every_plugin_that_is_switched_declares_its_view_permission(site: Cercle) -> None:
    declared = {p.name: site.permissions.get(f"{p.name}.view") for p in site.parts.plugins}
    assert {name for name, view in declared.items() if view is None or view.writes} == set()


def test_no_two_routes_share_a_name_or_an_address(site: Cercle) -> None:
    seen: dict[tuple[str, str], str] = {}
    twice = []
    for path, part, route, _ in site.router.all():
        for method in route.method_list:
            name = f"{part.name}:{route.name}"
            if (method, path) in seen:
                twice.append((method, path, seen[method, path], name))
            seen[method, path] = name
    assert twice == []
