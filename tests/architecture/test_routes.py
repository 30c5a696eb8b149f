"""Every route is guarded: it names a permission that exists, or it is public for a reason that is written here."""

from core.app import Cercle
from core.http import SAFE_METHODS
from core.permissions import OPERATE, SIGNED_IN

ALIVE = "a load balancer asks it; it says one word"
IDENTITY = "it is how somebody becomes known; it gives the same answer to everybody and counts tries"
LINK = "whoever holds the link of a mail; the link is checked, works once and ends"
CLUB = "the face of a club for people who may know of it; the view shows more to members"
LISTED = "lists only what the catalogue or the club's visibility leaves for this viewer"
POST = "a post may be public; every query asks what this viewer may read"

APP = "what makes the site an app; the same words for everybody"

PUBLIC: dict[str, str] = {
    "core:healthz": ALIVE,
    "core:readyz": ALIVE,
    "core:openapi": "the description of the API holds no content",
    "core:security_txt": "RFC 9116 wants it open",
    "core:robots_txt": "RFC 9309 wants it open",
    "core:language": "visitors choose the language of the sign-in page too",
    "core:manifest": APP,
    "core:service_worker": APP,
    "core:offline": APP,
    "core:shortcuts": APP,
    "core:install": APP,
    "spaces:share.create": "the device posts what its owner shares; nothing is kept, the page after it asks to sign in",
    "accounts:sign_in": IDENTITY,
    "accounts:sign_in.create": IDENTITY,
    "accounts:passkey_sign_in.create": IDENTITY,
    "accounts:passkey_challenge.create": IDENTITY,
    "accounts:passkey_endpoints": "a fixed address for password managers; the page behind it asks to sign in",
    "accounts:provider.create": IDENTITY,
    "accounts:provider.callback": "the way back from an identity provider; what it brings is proved there and here",
    "accounts:provider.signed_out": IDENTITY,
    "accounts:provider.logout": "an identity provider tells of a sign-out, with a token that it has signed",
    "accounts:identities.new": "for the browser that has just come back from a provider; a step kept on the server opens it",
    "accounts:acting.delete": IDENTITY,
    "accounts:factor": IDENTITY,
    "accounts:factor.create": IDENTITY,
    "accounts:sign_out": IDENTITY,
    "accounts:sign_up": IDENTITY,
    "accounts:sign_up.create": IDENTITY,
    "accounts:sign_up.edit": LINK,
    "accounts:sign_up.update": LINK,
    "accounts:request.edit": LINK,
    "accounts:request.update": LINK,
    "accounts:invitation": LINK,
    "accounts:invitation.create": LINK,
    "accounts:sign_in_link": IDENTITY,
    "accounts:sign_in_link.create": IDENTITY,
    "accounts:sign_in_link.edit": LINK,
    "accounts:sign_in_link.update": LINK,
    "accounts:change_password": "a fixed redirection for password managers; the page behind it asks to sign in",
    "accounts:email.stop": LINK,
    "accounts:email.stop.create": LINK,
    "accounts:email.undo": LINK,
    "accounts:email.undo.create": LINK,
    "accounts:first_operator": LINK,
    "accounts:first_operator.create": LINK,
    "accounts:reset": IDENTITY,
    "accounts:reset.create": IDENTITY,
    "accounts:reset.edit": LINK,
    "accounts:reset.update": LINK,
    "accounts:unsubscribe": "whoever holds the link of a mail; it is signed, and ends one kind of mail for one person",
    "accounts:unsubscribe.create": "whoever holds the link of a mail; it is signed, and ends one kind of mail for one person",
    "spaces:announcement.put_away": "whoever reads an announcement may put it away; it changes a cookie of that browser",
    "spaces:home": "a welcome for strangers, one's clubs for members",
    "spaces:clubs": LISTED,
    "spaces:groups": LISTED,
    "spaces:api.groups.index": LISTED,
    "spaces:invitation": LINK,
    "spaces:invitation.accept": LINK,
    "spaces:invitation.account": LINK,
    "spaces:invitation.wanted": LINK,
    "spaces:api.clubs.index": LISTED,
    "spaces:api.clubs.show": CLUB,
    "spaces:api.plugins.index": CLUB,
    "spaces:club": CLUB,
    "spaces:club_home": CLUB,
    "spaces:cover": CLUB,
    "spaces:join": "where a visitor asks to join and sees how their request stands; it asks who they are itself",
    "spaces:join.reply": "whoever asked to join is outside still; it asks who they are itself",
    "spaces:join.create": "people outside ask to come in; the view asks them to sign in",
    "spaces:join.delete": "people outside take their request back; the view asks them to sign in",
    "spaces:leave": "every role may leave; the view asks for the membership",
    "spaces:leave.create": "every role may leave; the view asks for the membership",
    "blog:posts.index": POST,
    "blog:posts.show": POST,
    "blog:cover.show": POST,
    "blog:dates.index": POST,
    "blog:dates.show": POST,
    "blog:attachments.show": POST,
    "blog:tags.show": POST,
    "blog:authors.show": POST,
    "blog:feeds.signed": "a feed reader is asked for an app password by HTTP Basic, not led to the page for signing in",
    "blog:feeds.open": "public posts alone, for feed readers",
    "blog:feeds.private": "feed readers cannot sign in; the token is private, revocable and asks the gate",
    "activity:feeds.signed": "a feed reader is asked for an app password by HTTP Basic, not led to the page for signing in",
    "activity:feeds.signed_club": "a feed reader is asked for an app password by HTTP Basic, not led to the page for signing in",
    "activity:feeds.private": "feed readers cannot sign in; the token is private, revocable and asks the gate",
    "activity:feeds.private_club": "feed readers cannot sign in; the token is private, revocable and asks the gate",
    "blog:api.posts.index": POST,
    "blog:api.posts.show": POST,
    "search:index": LISTED,
    "search:api.search": LISTED,
}
ARCHIVING = "an archived club, in which nothing else may be written, is brought back or deleted by it"
LASTING_READS: dict[str, str] = {
    "spaces:archive.create": ARCHIVING,
    "spaces:archive.delete": ARCHIVING,
    "spaces:club.delete": ARCHIVING,
    "spaces:merge.create": "whoever may delete a club may let it go into another one; the view asks for both",
    "spaces:api.clubs.delete": ARCHIVING,
    "spaces:api.members.delete": "one's own membership; the view asks for more when it is somebody else's",
}


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
        if part.part.scope == "club"
        and "/{club}/" in path
        and not route.public
        and not str(route.permission).startswith(f"{part.name}.")
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
