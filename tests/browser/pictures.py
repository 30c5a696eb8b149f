"""Pictures of pages: taken so that two runs give the same one, kept in `docs/images/`, and compared with a tolerance."""

import io
import os
from pathlib import Path

from PIL import Image, ImageChops
from playwright.async_api import Page

HERE = Path(__file__).parent / "screenshots"
KEPT = Path(__file__).parents[2] / "docs" / "images"
TOLERANCE = 0.01
"""The share of a picture that may differ: fonts are drawn a little differently from machine to machine."""
_NOTICEABLE = 40
"""How much brighter or darker, of 255, a point must be to count as different."""
_KEEP = "keep it with CERCLE_KEEP_SCREENSHOTS=1 if it is right"
_STAND_STILL = """
() => {
  for (const time of document.querySelectorAll("time")) {
    time.removeAttribute("data-ago");
    time.textContent = "12 nov. 2026";
  }
  for (const day of document.querySelectorAll(".day-title")) day.textContent = "Jeudi 12 novembre";
  return document.fonts.ready.then(() => true);
}
"""


async def photograph(page: Page) -> bytes:
    """The part of the page that the screen shows, as a PNG: its fonts loaded, every moment on it the same one."""
    if await page.locator("textarea[data-editor]").count():
        await page.locator("[contenteditable]").first.wait_for()
    await page.evaluate(_STAND_STILL)
    return await page.screenshot(animations="disabled", caret="hide")


def settle(name: str, picture: bytes) -> str | None:
    """Compares a picture with the kept one of this name, or keeps it with CERCLE_KEEP_SCREENSHOTS=1.

    Args:
        name: where it is kept below `docs/images/`, without an ending, such as `default/club-phone-light`.
        picture: a PNG.

    Returns: what is wrong with it, None when it looks as before.
    """
    taken = HERE / f"{name}.png"
    taken.parent.mkdir(parents=True, exist_ok=True)
    taken.write_bytes(picture)
    kept, now = KEPT / f"{name}.webp", Image.open(io.BytesIO(picture)).convert("RGB")
    if os.environ.get("CERCLE_KEEP_SCREENSHOTS") == "1":
        if not kept.exists() or difference(Image.open(kept), now) > TOLERANCE / 10:
            _keep(now, kept)
        return None
    if not kept.exists():
        return f"{name} has no picture in docs/images yet: look at {taken}, and {_KEEP}"
    share = difference(Image.open(kept), now)
    if share <= TOLERANCE:
        return None
    return f"{name} looks different in {share:.1%} of its area: compare {taken} with {kept}, and {_KEEP}"


def difference(one: Image.Image, other: Image.Image) -> float:
    """The share of the area, 0 to 1, in which two pictures differ noticeably; 1 when their sizes differ."""
    if one.size != other.size:
        return 1.0
    half = (one.width // 2, one.height // 2)
    small = [image.convert("RGB").resize(half, Image.Resampling.BOX) for image in (one, other)]
    apart = ImageChops.difference(*small).convert("L").point(lambda value: 255 if value > _NOTICEABLE else 0)
    return apart.histogram()[255] / (half[0] * half[1])


def _keep(image: Image.Image, path: Path) -> None:
    """Stores a picture as a small WebP."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=84, method=6)
