"""The walk over every page: an example of each route that answers with a page, found in the demo by following links.

A page that is added later is on the walk at once. Where no link of the demo leads to it, `test_everyone` asks for an
address in EXAMPLES here.
"""

import html
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from time import monotonic

import httpx
from starlette.routing import compile_path

from core.app import Cercle
from tests.accounts.puzzling import answers
from tests.browser.site import PASSWORD, Site

CLUB = "/c/aquitaine"
READING = f"{CLUB}/wiki/pages/liens-utiles"
"""A page with everything that could be too wide."""

NO_PAGES: dict[str, str] = {
    "core:healthz": "one word for a load balancer",
    "core:readyz": "one word for a load balancer",
    "core:metrics": "counters for a program",
    "core:manifest": "what a device needs to install the site",
    "core:service_worker": "a script",
    "core:robots_txt": "plain text for crawlers",
    "core:security_txt": "plain text, as RFC 9116 wants it",
    "accounts:change_password": "a redirection for password managers",
    "accounts:request.edit": "a page only of sites that take requests; it looks like that of accounts:sign_in_link.edit",
    "accounts:email.undo": "only after somebody changed their address; it looks like that of accounts:email.stop",
    "accounts:factor": "the middle of a sign-in, which leads on without one",
    "accounts:photo": "a picture",
    "accounts:passkey_endpoints": "addresses for a program",
    "accounts:provider.callback": "a redirect for who comes back from an identity provider",
    "accounts:provider.signed_out": "asks the provider first; tests/accounts/test_providers.py looks at it",
    "accounts:identities.new": "for a browser that has just come back from an identity provider; looked at there too",
    "accounts:takeouts.show": "an archive",
    "spaces:cover": "a picture",
    "spaces:join": "for somebody outside, who stands below",
    "spaces:export": "an archive",
    "spaces:club.export": "an archive",
    "spaces:palette": "lines for the command palette",
    "spaces:club_palette": "lines for the command palette",
    "spaces:mentions.index": "names for the completion in the editor",
    "spaces:admin.appearance.sample": "a picture",
    "spaces:decision": "for somebody who does not belong to the club any more; test_decisions_outside sees to it",
    "spaces:take_over": "absent unless a club has no owner; test_orphans sees to it",
    "spaces:admin.acting": "absent unless the site allows it; test_impersonation sees to it",
    "search:people": "a piece of a page, which loads it",
    "search:quick": "lines for the command palette",
    "blog:attachments.index": "a list for the editor",
    "blog:attachments.show": "the bytes of a file",
    "blog:cover.show": "a picture",
    "blog:dates.show": "a file for calendars",
    "blog:feeds.open": "a feed",
    "blog:feeds.private": "a feed",
    "blog:feeds.signed": "a feed for programs that sign in with an app password",
    "files:content.show": "the bytes of a file",
    "files:thumbnail.show": "a picture",
    "files:versions.show": "the bytes of a file",
    "wiki:attachments.show": "the bytes of a file",
    "wiki:new_attachments.index": "files for the editor",
    "wiki:titles.index": "a list for the completion in the editor",
    "directory:card.show": "a vCard",
}
"""Routes that people's browsers ask for, but that answer with something else than a page; and with what."""

EXAMPLES: dict[str, str] = {
    "accounts:proof": "/account/proof",
    "accounts:profile.preview": "/account/preview",
    "core:offline": "/offline",
    "core:install": "/install",
    "core:styleguide": "/styleguide",
    "spaces:club_home": f"{CLUB}/home",
    "spaces:clubs.deleted": "/clubs/deleted",
    "spaces:role.edit": f"{CLUB}/settings/roles/member.tresorerie",
    "spaces:admin.kinds": "/admin/kinds",
    "directory:listing.edit": "/account/directory",
    "spaces:admin.requests": "/admin/people/requests",
    "spaces:admin.erasure": "/admin/clubs/aquitaine/erasures/wiki",
    "spaces:groups": f"{CLUB}/groups",
    "spaces:merge": f"{CLUB}/settings/merge",
    "spaces:admin.merge": "/admin/clubs/aquitaine/merge",
    "spaces:groups.new": f"{CLUB}/groups/new",
    "spaces:group": "/c/bayonne/settings/group",
    "spaces:share": "/share?title=Un+article&url=https%3A%2F%2Fexample.org%2F",
    "spaces:club_share": f"{CLUB}/share?title=Un+article&url=https%3A%2F%2Fexample.org%2F",
    "wiki:comparisons.show": f"{CLUB}/wiki/pages/nos-rencontres/comparison?old=1&new=2",
}
"""Addresses of pages to which no link of the demo leads."""

SPECIAL: tuple[tuple[str, str, str | None, int], ...] = (
    ("nothing here", "/nowhere", "owner", 404),
    ("nothing here", "/nowhere", None, 404),
    ("not for members", "/admin/", "member", 403),
    ("a member's home", "/", "member", 200),
    ("a member's club", f"{CLUB}/", "member", 200),
    ("a member's page", f"{CLUB}/wiki/pages/nos-rencontres", "member", 200),
    ("a page with wide things", READING, "member", 200),
    ("no club yet", "/", "outsider", 200),
    ("all clubs from outside", "/clubs", "outsider", 200),
    ("a club that one may ask to join", "/c/formation/", "outsider", 200),
    ("asking to join", "/c/formation/join", "outsider", 200),
    ("spaces:succession", f"{CLUB}/succession", "member", 200),
    ("nothing found", "/search?q=xyzzy", "owner", 200),
    ("found", "/search?q=devis", "owner", 200),
    ("nobody found", f"{CLUB}/directory/?q=xyzzy", "owner", 200),
    ("a new club", "/c/essai/", "owner", 200),
    ("an empty wiki", "/c/essai/wiki/", "owner", 200),
    ("an empty blog", "/c/essai/blog/", "owner", 200),
    ("no files", "/c/essai/files/", "owner", 200),
    ("no requests", "/c/essai/requests", "owner", 200),
    ("an empty trash", "/c/essai/files/trash", "owner", 200),
)
"""What else is worth a look: title, path, person, status."""

FIRST = ("/", f"{CLUB}/", "/clubs", "/admin/")
"""Where following links begins."""

_LINK = re.compile(r'<(?:a|form)\b[^>]*?\b(?:href|action)="(/[^"#]*)')


@dataclass(frozen=True, slots=True)
class Stop:
    """One page to look at.

    Args:
        name: of its route, or a word for what is special about it.
        url: its address.
        person: who looks: `owner`, `member`, `outsider`, or None for somebody who is not signed in.
        status: that it answers with.
    """

    name: str
    url: str
    person: str | None = "owner"
    status: int = 200

    def __str__(self) -> str:
        return f"{self.name} ({self.url.partition('//')[2].partition('/')[2]}) as {self.person or 'a stranger'}"


class RouteTable:
    """The routes that a browser may open, and which of them an address leads to."""

    def __init__(self, app: Cercle) -> None:
        opened = [
            (path, f"{part.name}:{route.name}")
            for path, part, route, _ in app.router.all()
            if "GET" in route.method_list and not path.startswith("/api/")
        ]
        self._patterns = [(compile_path(path)[0], name) for path, name in opened]
        self.names = [name for _, name in opened]

    def name_of(self, path: str) -> str | None:
        """The route behind an address; None for addresses of files and of other sites."""
        bare = path.partition("?")[0]
        return next((name for pattern, name in self._patterns if pattern.match(bare)), None)


_WIDE_PAGE = f"""
[L’Urssaf](https://www.urssaf.fr/) et [nos rencontres](/c/aquitaine/wiki/pages/nos-rencontres).

| {" | ".join(f"Colonne {n}" for n in range(12))} |
|{" --- |" * 12}
| {" | ".join("Anticonstitutionnellement" for _ in range(12))} |

```
{"une ligne de code qui ne finit pas " * 8}
```

https://example.org/{"un-chemin-tres-long/" * 12}
"""


def write_first(demo: Site) -> None:
    """Leaves something in the places of the demo that are empty at first, and makes an empty club."""
    with _browser(demo) as owner, _browser(demo) as outsider:
        _sign_in(owner, "owner")
        _sign_in(outsider, "outsider")
        outsider.post("/c/formation/join", data={"note": "Je donne des cours d’achats."})
        owner.post(f"{CLUB}/wiki/pages", data={"title": "Un rappel", "body": "@marc-etchebarne y pense."})
        owner.post(f"{CLUB}/wiki/pages", data={"title": "Ancien tarif", "body": "Ne vaut plus."})
        owner.post(f"{CLUB}/wiki/pages/ancien-tarif/trash")
        owner.post(f"{CLUB}/wiki/pages", data={"title": "Liens utiles", "body": _WIDE_PAGE})
        for title in ("Une idée", "Une erreur"):
            owner.post(f"{CLUB}/blog/posts", data={"title": title, "body": "À écrire."})
        owner.post(f"{CLUB}/blog/posts/une-erreur/delete")
        owner.post(f"{CLUB}/files/uploads", data={"folder": "0"}, files={"file": ("brouillon.txt", b"un brouillon")})
        before_name = owner.get(f"{CLUB}/files/").text.partition(">brouillon.txt<")[0]
        number = re.findall(r"/file/(\d+)", before_name)[-1]
        owner.post(f"{CLUB}/files/entries/{number}/trashing")
        with _browser(demo) as member:
            _sign_in(member, "member")
            member.post(f"{CLUB}/report", data={"person": "paul-irigoyen", "reason": "promotion", "words": "Encore."})
        owner.post(f"{CLUB}/settings/successor", data={"handle": "marc-etchebarne"})
        owner.post("/clubs/new", data={"name": "Essai", "kind": "team", "visibility": "hidden"})
        owner.post(f"{CLUB}/groups/new", data={"name": "Bayonne", "visibility": "listed", "join_policy": "request"})
        for plugin in ("wiki", "blog", "files", "directory"):
            owner.post(f"/c/essai/settings/plugins/{plugin}", data={"state": "on"})
        later = {"text": "Le site déménage.", "starts_at": "2100-01-01T00:00", "ends_at": "2100-01-02T00:00"}
        owner.post("/admin/announcements", data=later)
        provider = {"title": "Le réseau", "issuer": "https://login.example.org", "client_id": "cercle"}
        owner.post("/admin/providers/new", data=provider)


def find_stops(demo: Site, fresh: Site, table: RouteTable) -> list[Stop]:
    """Goes through the sites and answers with an example of every page that there is.

    Args:
        demo: the demo; what its owner and strangers may open is seen by both.
        fresh: a site without people, on which everybody may make an account; seen by a stranger.
        table: the routes.
    """
    with _browser(demo) as owner, _browser(demo) as stranger, _browser(fresh) as first:
        _sign_in(owner, "owner")
        links = list(_secret_links(demo, owner, table))
        seen: list[tuple[Site, str | None, str]] = [
            (demo, "owner", path) for path in _follow(owner, table, [*links, *EXAMPLES.values(), *FIRST])
        ]
        seen += [(demo, None, path) for path in _follow(stranger, table, [*links, "/sign-in", *FIRST])]
        seen += [(fresh, None, path) for path in _follow(first, table, [*_first_links(fresh, first, table), "/"])]
    walked = [Stop(table.name_of(path) or "", site.at(path), person) for site, person, path in seen]
    return [*walked, *(Stop(name, demo.at(path), person, status) for name, path, person, status in SPECIAL)]


def _follow(client: httpx.Client, table: RouteTable, starts: Iterable[str]) -> list[str]:
    """One address for each route whose page opens."""
    found: dict[str, str] = {}
    waiting, known = deque(starts), set(starts)
    while waiting:
        path = waiting.popleft()
        name = table.name_of(path)
        if name is None or name in found or name in NO_PAGES:
            continue
        answer = client.get(path)
        if answer.status_code == 200 and answer.headers["content-type"].startswith("text/html"):
            found[name] = path
        new = [link for link in _links(answer) if link not in known]
        known.update(new)
        waiting.extend(new)
    return list(found.values())


def _links(answer: httpx.Response) -> list[str]:
    """Where an answer leads on this site."""
    if answer.is_redirect:
        return [answer.headers["location"]]
    return [html.unescape(link) for link in _LINK.findall(answer.text)]


def _secret_links(demo: Site, owner: httpx.Client, table: RouteTable) -> Iterator[str]:
    """Addresses of the demo that arrive by mail or are shown once."""
    shown = owner.post(f"{CLUB}/invitations/link", data={"role": "member", "uses": "3", "days": "5"})
    yield _address(html.unescape(shown.text), table, "spaces:invitation")
    owner.post("/account/email", data={"email": "helene@cercle.example"})
    yield _mailed(demo, owner, table, "accounts:email.confirm")
    yield _mailed(demo, owner, table, "accounts:email.stop")
    yield _mailed(demo, owner, table, "accounts:unsubscribe")
    owner.post("/admin/people/invite", data={"people": "invitee@cercle.example", "clubs": "aquitaine"})
    yield _mailed(demo, owner, table, "accounts:invitation")
    with _browser(demo) as stranger:
        stranger.post("/reset-password", data={"email": "outsider@cercle.example"})
        yield _mailed(demo, stranger, table, "accounts:reset.edit")
        stranger.post("/sign-in/link", data={"email": "outsider@cercle.example"})
        yield _mailed(demo, stranger, table, "accounts:sign_in_link.edit")


def _first_links(fresh: Site, first: httpx.Client, table: RouteTable) -> Iterator[str]:
    """The way in for the first operator, and for whoever makes an account."""
    yield _address(fresh.log.read_text(), table, "accounts:first_operator")
    _sign_up(first, "nouvelle@cercle.example")
    yield _mailed(fresh, first, table, "accounts:sign_up.edit")


def _sign_up(client: httpx.Client, address: str) -> None:
    """Solve the puzzle against robots and send the form, again where that was too fast."""
    puzzle, until = answers(client.get("/sign-up").text, aged=0), monotonic() + 20
    while client.post("/sign-up", data={"email": address, **puzzle}).status_code != 200:
        assert monotonic() < until


def _mailed(site: Site, client: httpx.Client, table: RouteTable, name: str) -> str:
    """The newest link of this route in a mail, which may be on its way still."""
    until = monotonic() + 20
    while monotonic() < until:
        texts = [_text(path) for path in sorted((site.folder / "mail").glob("*.eml"))]
        if found := [link for text in texts if (link := _address(text, table, name))]:
            return found[-1]
        client.get("/healthz")
    raise AssertionError(f"no mail with a link of {name} has come")


def _text(path: Path) -> str:
    body = message_from_bytes(path.read_bytes(), policy=policy.default).get_body(("plain",))
    return str(body.get_content()) if body else ""


def _address(text: str, table: RouteTable, name: str) -> str:
    """The first address in a text that leads to this route; "" when there is none."""
    paths = re.findall(r"https?://[^/\s]+(/[^\s\"<]+)", text)
    return next((path for path in paths if table.name_of(path) == name), "")


def _browser(site: Site) -> httpx.Client:
    return httpx.Client(base_url=site.url, headers={"Origin": site.url, "Accept-Language": "fr"}, timeout=30)


def _sign_in(client: httpx.Client, person: str) -> None:
    answer = client.post("/sign-in", data={"email": f"{person}@cercle.example", "password": PASSWORD})
    assert answer.status_code == 303, answer.text
