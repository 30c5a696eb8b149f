"""Getting an account, as the site allows it: open, on request, by invitation; and the very first one."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import AccountRequestInput, AddressInput, FirstOperatorInput, NothingInput, SignUpInput
from core.accounts.models import User
from core.accounts.queries import open_providers
from core.accounts.services import accept_sign_up, make_first_operator, request_account, start_sign_up
from core.accounts.services.links import FIRST_OPERATOR, REQUEST, SIGN_UP, find_link
from core.accounts.services.signup import prove_request
from core.accounts.views.entry import PASSWORD, Proof, let_in, proceed
from core.accounts.views.puzzles import pass_puzzle, puzzle_for
from core.accounts.views.tries import count_link, count_mail
from core.errors import Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _

USE = "sign_up"
LINK = Proof("link")
PASSKEYS = "accounts:passkeys"


async def show(request: Request) -> Response:
    """The first step, or who to ask when accounts come by invitation."""
    return await _page(request, 200, Form[AddressInput]())


async def create(request: Request) -> Response:
    """Take an address (open) or a request; the answer does not tell whether the address has an account."""
    mode = request.app.settings.sign_up
    if mode == "invite":
        raise NotFound()
    return await (_ask(request) if mode == "request" else _start(request))


async def _start(request: Request) -> Response:
    form = await read_form(request, AddressInput)
    if form.input is not None:
        try:
            await pass_puzzle(request, USE)
            await count_mail(request, form.input.email)
            await start_sign_up(form.input.email)
            return await request.page("accounts/sign_up/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    return await _page(request, 422, form)


async def _ask(request: Request) -> Response:
    form = await read_form(request, AccountRequestInput)
    if form.input is not None:
        try:
            await pass_puzzle(request, USE)
            await count_mail(request, form.input.email)
            await request_account(form.input.email, form.input.name, form.input.message)
            return await request.page("accounts/sign_up/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    return await _page(request, 422, form)


async def _page(request: Request, status: int, form: Form[AddressInput] | Form[AccountRequestInput]) -> Response:
    takes = request.app.settings.sign_up != "invite"
    puzzle = await puzzle_for(request, USE) if takes else None
    providers = await open_providers()
    return await request.page("accounts/sign_up/show.html", status, form=form, puzzle=puzzle, providers=providers)


async def edit_request(request: Request) -> Response:
    """The page behind the link that proves the address of a request. Looking spends nothing."""
    link = await find_link(str(request.path_params["token"]), REQUEST)
    return await request.page("accounts/sign_up/request.html", email=link.email)


async def update_request(request: Request) -> Response:
    """Hand the request to the operators."""
    await read_form(request, NothingInput)
    await count_link(request)
    await prove_request(str(request.path_params["token"]))
    return await request.page("accounts/sign_up/requested.html")


async def edit(request: Request) -> Response:
    """The second step, behind the link in the mail. Looking spends nothing."""
    link = await find_link(str(request.path_params["token"]), SIGN_UP)
    return await request.page("accounts/sign_up/edit.html", form=Form[SignUpInput](), email=link.email)


async def update(request: Request) -> Response:
    """Make the account and sign in."""
    secret = str(request.path_params["token"])
    link = await find_link(secret, SIGN_UP)
    form = await read_form(request, SignUpInput)
    if form.input is not None:
        await count_link(request)
        try:
            user = await accept_sign_up(secret, name=form.input.name, password=chosen_password(form.input))
            return await welcome(request, user, form.input)
        except Invalid as error:
            form.refuse(error)
    return await request.page("accounts/sign_up/edit.html", 422, form=form, email=link.email)


def chosen_password(given: SignUpInput) -> str | None:
    """The password of somebody who signs up; None when they take a passkey."""
    return given.password if given.way == "password" else None


async def welcome(request: Request, user: User, given: SignUpInput) -> Response:
    """Let somebody in whose account was just made, whose address a link has proved; on to their passkey when they want one."""
    request.flash(_("Welcome, %(name)s.", name=user.name))
    if given.way == "password":
        return await proceed(request, user, PASSWORD, request.path("core:home"))
    return await proceed(request, user, LINK, request.path(PASSKEYS))


async def new_operator(request: Request) -> Response:
    """The form for the first operator, behind the link that the start of the site printed."""
    await find_link(str(request.path_params["token"]), FIRST_OPERATOR)
    return await request.page("accounts/sign_up/first_operator.html", form=Form[FirstOperatorInput]())


async def create_operator(request: Request) -> Response:
    """Make the first operator and sign them in."""
    secret = str(request.path_params["token"])
    await find_link(secret, FIRST_OPERATOR)
    form = await read_form(request, FirstOperatorInput)
    if form.input is not None:
        await count_link(request)
        try:
            user = await make_first_operator(secret, form.input.email, form.input.name, form.input.password)
            request.flash(_("Welcome, %(name)s. You run this site now.", name=user.name))
            return await let_in(request, user, request.redirect("core:home"))
        except Invalid as error:
            form.refuse(error)
    return await request.page("accounts/sign_up/first_operator.html", 422, form=form)
