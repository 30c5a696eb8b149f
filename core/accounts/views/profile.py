"""A person's profile and photo, and what others see of them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from starlette.responses import Response

from core import uploads
from core.accounts.forms import ProfileInput
from core.accounts.models import User
from core.accounts.queries import get_user, person_visible_to
from core.accounts.services import change_photo, change_profile, remove_photo
from core.accounts.services.locked import locked_by, owner_of
from core.accounts.services.passkey_offers import offers_passkey
from core.accounts.services.profile import MAX_LINKS
from core.accounts.shown import HIDEABLE, ProfileLink, is_shown, links_of, profile_of
from core.accounts.viewer import Viewer
from core.accounts.views.entry import in_browser
from core.downloads import BlobResponse
from core.errors import Invalid, NotFound, TooLarge
from core.forms import Form, read_form
from core.http import Request
from core.i18n import gettext as _
from core.limits import Rule
from core.models import Blob

MAX_UPLOAD = 20 * 1024 * 1024  # bytes of a photo as it comes from a camera
KEPT = "private, max-age=86400"  # at an address that changes with the picture
PRIVATE = "private, no-cache"
PHOTOS = Rule("accounts.photo.user", "20 per hour")
EYES = ("member", "operator", "stranger")
"""Through whose eyes a person may look at their own profile."""


@in_browser
async def show(request: Request) -> Response:
    """The form with what others read about me."""
    user = await get_user(request.viewer)
    return await _page(request, user, Form[ProfileInput](_values(user)))


@in_browser
async def update(request: Request) -> Response:
    """Save the profile."""
    form = await read_form(request, ProfileInput)
    user = await get_user(request.viewer)
    if form.input is not None:
        try:
            await _save(user, form.input)
            request.flash(_("Your profile is saved."))
            return request.redirect("accounts:profile")
        except Invalid as error:
            form.refuse(error)
    return await _page(request, user, form, 422)


@in_browser
async def preview(request: Request) -> Response:
    """My profile as somebody else finds it: a member of one of my clubs, an operator, or a stranger."""
    user, eyes = await get_user(request.viewer), request.query_params.get("as", "")
    eyes = eyes if eyes in EYES else EYES[0]
    person = profile_of(user, everything=eyes == "operator")
    return await request.page("accounts/profile/preview.html", eyes=eyes, person=person, user=user)


@in_browser
async def upload_photo(request: Request) -> Response:
    """Set the photo from the first file of the form."""
    user = await get_user(request.viewer)
    await request.app.limits.hit(PHOTOS, user.id)
    by_script = uploads.by_script(request)
    try:
        await _take_photo(request, user)
    except (Invalid, TooLarge) as error:
        if by_script:
            return uploads.answer_script(error)
        request.flash(error.message, "error")
    return uploads.answer_script() if by_script else request.redirect("accounts:profile")


@in_browser
async def delete_photo(request: Request) -> Response:
    """Show initials again."""
    try:
        await remove_photo(await get_user(request.viewer))
        request.flash(_("Your photo is removed."))
    except Invalid as error:
        request.flash(error.message, "error")
    return request.redirect("accounts:profile")


async def photo(request: Request) -> Response:
    """The photo of a person whom the viewer knows, and who shows it; for others there is none."""
    user = await person_visible_to(request.viewer, str(request.path_params["handle"]))
    shown = user.photo_hash if _sees_all(request.viewer, user) else user.shown_photo
    blob = await Blob.get_or_none(hash=shown) if shown else None
    if blob is None:
        raise NotFound()
    return BlobResponse(
        request.app.storage,
        blob.hash,
        size=blob.size,
        filename=f"{user.handle}.webp",
        content_type="image/webp",
        inline=True,
        cache_control=KEPT if request.query_params.get("v") else PRIVATE,
    )


def _sees_all(viewer: Viewer, user: User) -> bool:
    return viewer.is_operator or viewer.id == user.id


def _values(user: User) -> dict[str, object]:
    values: dict[str, object] = {
        name: getattr(user, name) for name in ("name", "headline", "pronouns", "about", "locale", "timezone")
    }
    for number, link in enumerate(links_of(user.links), 1):
        values |= {f"link_{number}_label": link.label, f"link_{number}_url": link.url}
    values["shown"] = [field for field in HIDEABLE if is_shown(user.hidden, field)]
    return values


async def _save(user: User, sent: ProfileInput) -> None:
    values = sent.model_dump()
    numbers = range(1, MAX_LINKS + 1)
    await change_profile(
        user,
        links=[ProfileLink(values[f"link_{number}_label"], values[f"link_{number}_url"]) for number in numbers],
        hidden=[field for field in HIDEABLE if field not in sent.shown],
        **{name: values[name] for name in ("name", "headline", "pronouns", "about", "locale", "timezone")},
    )


async def _take_photo(request: Request, user: User) -> None:
    async for sent in uploads.multipart_files(request, limit=MAX_UPLOAD, max_files=1):
        if isinstance(sent, uploads.Upload):
            await change_photo(user, sent.chunks)
            request.flash(_("Your photo is saved."))
            return
    raise Invalid(_("Please choose a picture first."))


async def _page(request: Request, user: User, form: Form[ProfileInput], status: int = 200) -> Response:
    provider = await owner_of(user)
    return await request.page(
        "accounts/profile/show.html",
        status,
        form=form,
        person=user,
        zones=_zones(),
        owner=provider.title if provider else "",
        locked=locked_by(provider),
        links=MAX_LINKS,
        filled=len(links_of(user.links)),
        offers_passkey=await offers_passkey(request.viewer),
    )


@lru_cache(maxsize=1)
def _zones() -> tuple[str, ...]:
    """The zones to choose from; reading them from the disk takes a while."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return ("UTC", *sorted(places))
