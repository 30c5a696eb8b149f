"""Identity providers: which systems sign people in here, what is trusted of them, and which groups lead to which clubs."""

from __future__ import annotations

from typing import Annotated, Literal

from starlette.responses import Response

from core.accounts.models import Identity, Provider
from core.accounts.services.discovery import Checked, check_provider
from core.accounts.services.providers import (
    ProviderRules,
    add_provider,
    change_provider,
    remove_provider,
    rules_of,
    switch_provider,
)
from core.accounts.services.visits import return_address
from core.accounts.views.entry import proven
from core.errors import Invalid, NotFound
from core.forms import Form, Input, Line, StringConstraints, Text, read_form
from core.http import Request
from core.i18n import gettext
from spaces.forms import Role
from spaces.models import Club, ClubRole, GroupRule
from spaces.queries.roles import built_in_labels, labels_in_many
from spaces.services.groups import RULE_ROLES, add_group_rule, remove_group_rule
from spaces.views.admin.pages import console
from spaces.views.people import number_of

HERE = "admin.providers"
MOST_OWN = 200  # roles of clubs that the form offers
SCOPES = "openid email profile"

Title = Annotated[Line, StringConstraints(min_length=1, max_length=80)]
Word = Annotated[Line, StringConstraints(min_length=1, max_length=300)]
Words = Annotated[Text, StringConstraints(max_length=4000)]


class ProviderInput(Input):
    """What is known of a provider, and what is trusted of it; lists have spaces, commas or lines between their words."""

    title: Title
    client_id: Word
    secret: Annotated[str, StringConstraints(max_length=500)] = ""
    scopes: Word = SCOPES
    creates: Literal["never", "domains", "open"] = "never"
    domains: Words = ""
    emails: Literal["never", "said", "always"] = "said"
    owns_accounts: bool = False
    groups_claim: Annotated[Line, StringConstraints(max_length=200)] = ""
    strong_acr: Words = ""
    strong_amr: Words = ""

    @property
    def rules(self) -> ProviderRules:
        """What is trusted."""
        return ProviderRules(
            creates=self.creates,
            domains=tuple(word.lower().lstrip("@") for word in _words(self.domains)),
            emails=self.emails,
            owns_accounts=self.owns_accounts,
            groups_claim=self.groups_claim,
            strong_acr=_words(self.strong_acr),
            strong_amr=_words(self.strong_amr),
        )


class NewProviderInput(ProviderInput):
    """A provider that is not connected yet."""

    issuer: Word


class GroupRuleInput(Input):
    """Which group leads to which club."""

    group: Annotated[Line, StringConstraints(min_length=1, max_length=200)]
    club: Annotated[Line, StringConstraints(min_length=1, max_length=60)]
    role: Role = "member"


@proven
async def index(request: Request) -> Response:
    """All providers."""
    return await console(request, "providers.html", HERE, providers=await Provider.all().order_by("title", "id"))


@proven
async def new(request: Request) -> Response:
    """The form for a provider."""
    return await console(request, "provider_new.html", HERE, form=Form[NewProviderInput]({"scopes": SCOPES}))


@proven
async def create(request: Request) -> Response:
    """Connect a provider, and show what it answers."""
    form = await read_form(request, NewProviderInput)
    if form.input is not None:
        given = form.input
        try:
            provider = await add_provider(
                title=given.title,
                issuer=given.issuer,
                client_id=given.client_id,
                secret=given.secret,
                scopes=given.scopes,
                rules=given.rules,
                actor=request.viewer,
            )
            request.flash(gettext("%(provider)s is connected.", provider=provider.title))
            return request.redirect("spaces:admin.provider", provider=provider.id)
        except Invalid as error:
            form.refuse(error)
    return await console(request, "provider_new.html", HERE, 422, form=form)


@proven
async def edit(request: Request) -> Response:
    """One provider with its rules and groups."""
    provider = await _provider(request)
    return await _page(request, provider, Form[ProviderInput](_values(provider)))


@proven
async def update(request: Request) -> Response:
    """Save what is known and trusted of it."""
    provider, form = await _provider(request), await read_form(request, ProviderInput)
    if form.input is not None:
        given = form.input
        try:
            await change_provider(
                provider,
                title=given.title,
                client_id=given.client_id,
                secret=given.secret,
                scopes=given.scopes,
                rules=given.rules,
                actor=request.viewer,
            )
            request.flash(gettext("Saved. It holds from the next sign-in on."))
            return request.redirect("spaces:admin.provider", provider=provider.id)
        except Invalid as error:
            form.refuse(error)
    return await _page(request, provider, form, 422)


@proven
async def check(request: Request) -> Response:
    """Ask the provider all that a sign-in needs, and say what came of it."""
    provider = await _provider(request)
    found = await check_provider(provider)
    return await _page(request, provider, Form[ProviderInput](_values(provider)), found=found)


@proven
async def switch(request: Request) -> Response:
    """Let people sign in with it, or no more."""
    provider = await _provider(request)
    await switch_provider(provider, on=not provider.is_enabled, actor=request.viewer)
    on, off = gettext("%(provider)s is switched on."), gettext("%(provider)s is switched off.")
    request.flash((on if provider.is_enabled else off) % {"provider": provider.title})
    return request.redirect("spaces:admin.provider", provider=provider.id)


@proven
async def delete(request: Request) -> Response:
    """Forget it, and who people are there."""
    provider = await _provider(request)
    await remove_provider(provider, actor=request.viewer)
    request.flash(gettext("%(provider)s is removed.", provider=provider.title))
    return request.redirect("spaces:admin.providers")


@proven
async def create_rule(request: Request) -> Response:
    """Lead a group to a club."""
    provider, form = await _provider(request), await read_form(request, GroupRuleInput)
    if form.input is not None:
        try:
            club = await _club(form.input.club)
            await add_group_rule(provider, form.input.group, club, form.input.role, actor=request.viewer)
            request.flash(gettext("Saved. It holds for each person from their next sign-in on."))
            return request.redirect("spaces:admin.provider", provider=provider.id)
        except Invalid as error:
            form.refuse(error)
    return await _page(request, provider, Form[ProviderInput](_values(provider)), 422, group_form=form)


@proven
async def delete_rule(request: Request) -> Response:
    """Drop a rule."""
    provider = await _provider(request)
    await remove_group_rule(provider, number_of(request, "rule"), actor=request.viewer)
    request.flash(gettext("The rule is dropped. Who came in by it leaves at their next sign-in."))
    return request.redirect("spaces:admin.provider", provider=provider.id)


async def _page(
    request: Request,
    provider: Provider,
    form: Form[ProviderInput],
    status: int = 200,
    *,
    group_form: Form[GroupRuleInput] | None = None,
    found: list[Checked] | None = None,
) -> Response:
    rules = await GroupRule.filter(provider_id=provider.id).select_related("club").order_by("group", "id")
    known, labels = built_in_labels(), await labels_in_many({rule.club_id for rule in rules})
    return await console(
        request,
        "provider.html",
        HERE,
        status,
        provider=provider,
        form=form,
        group_form=group_form or Form[GroupRuleInput]({"role": "member"}),
        found=found,
        return_address=return_address(provider),
        people=await Identity.filter(provider_id=provider.id).count(),
        rules=rules,
        clubs=await Club.filter(deleted_at=None).order_by("sort_name", "id").values_list("slug", "name"),
        roles=[(role, known[role]) for role in RULE_ROLES] + await _own_roles(),
        labels=labels,
    )


async def _own_roles() -> list[tuple[str, str]]:
    """The roles that clubs made for themselves, each with its club; it fits a rule for that club alone."""
    made = ClubRole.filter(club__deleted_at=None).select_related("club").order_by("club__sort_name", "name")
    return [(role.name, f"{role.label} ({role.club.name})") for role in await made.limit(MOST_OWN)]


async def _provider(request: Request) -> Provider:
    found = await Provider.get_or_none(id=number_of(request, "provider"))
    if found is None:
        raise NotFound()
    return found


async def _club(slug: str) -> Club:
    found = await Club.get_or_none(slug=slug, deleted_at=None)
    if found is None:
        raise Invalid(gettext("There is no club of this name."), field="club")
    return found


def _values(provider: Provider) -> dict[str, object]:
    rules = rules_of(provider).model_dump()
    lists = {name: " ".join(rules[name]) for name in ("domains", "strong_acr", "strong_amr")}
    names = ("title", "issuer", "client_id", "scopes")
    return {**rules, **lists, **{name: getattr(provider, name) for name in names}}


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.replace(",", " ").replace(";", " ").split()))
