"""Getting an account, as the site allows it: open, on request, by invitation; and the very first one."""

from __future__ import annotations

from starlette.responses import Response

from core.accounts.forms import AccountRequestInput, AddressInput, FirstOperatorInput, SignUpInput
from core.accounts.services import accept_sign_up, make_first_operator, request_account, start_sign_up
from core.accounts.services.links import FIRST_OPERATOR, SIGN_UP, find_link
from core.accounts.views.entry import let_in
from core.accounts.views.tries import count_link, count_mail
from core.errors import Invalid, NotFound
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _


async def show(request: Request) -> Response:
    """The first step, or who to ask when accounts come by invitation."""
    return await request.page("accounts/sign_up/show.html", form=Form[AddressInput]())


async def create(request: Request) -> Response:
    """Take an address (open) or a request; the answer does not tell whether the address has an account."""
    mode = request.app.settings.sign_up
    if mode == "invite":
        raise NotFound()
    return await (_ask(request) if mode == "request" else _start(request))


async def _start(request: Request) -> Response:
    form = await read_form(request, AddressInput)
    if form.input is not None:
        await count_mail(request, form.input.email)
        try:
            await start_sign_up(form.input.email)
            return await request.page("accounts/sign_up/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    return await request.page("accounts/sign_up/show.html", 422, form=form)


async def _ask(request: Request) -> Response:
    form = await read_form(request, AccountRequestInput)
    if form.input is not None:
        await count_mail(request, form.input.email)
        try:
            await request_account(form.input.email, form.input.name, form.input.message)
            return await request.page("accounts/sign_up/sent.html", email=form.input.email)
        except Invalid as error:
            form.refuse(error)
    return await request.page("accounts/sign_up/show.html", 422, form=form)


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
            user = await accept_sign_up(secret, name=form.input.name, password=form.input.password)
            request.flash(_("Welcome, %(name)s.", name=user.name))
            return await let_in(request, user, request.redirect("core:home"))
        except Invalid as error:
            form.refuse(error)
    return await request.page("accounts/sign_up/edit.html", 422, form=form, email=link.email)


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
