"""Decodes one image in a process with little memory, little time and no secrets: `core.images` starts it.

`python -m core.image_worker '{"width": 64, "height": 64, "crop": false, "format": "webp"}'` reads an image
from standard input and writes a new one to standard output. A refusal ends it with status 3 and one word on
standard error: `format`, `pixels`, `large` or `broken`.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import TYPE_CHECKING, BinaryIO

from core.confined import MIB, limit_this_process, read_input, refuse

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 50_000_000
MAX_INPUT = 128 * MIB
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
MEMORY = 1536 * MIB  # 50 megapixels take 200 MB, and resizing a second copy
CPU_SECONDS = 20
_SAVING: dict[str, dict[str, int | bool]] = {
    "webp": {"quality": 82, "method": 4},
    "jpeg": {"quality": 85, "optimize": True, "progressive": True},
    "png": {"optimize": True},
}


def main() -> None:
    """Limits itself, reads, decodes, writes."""
    limit_this_process(memory=MEMORY, seconds=CPU_SECONDS)
    wanted = json.loads(sys.argv[1])
    source = read_input(MAX_INPUT)
    try:
        result = convert(source, **wanted)
    except MemoryError:
        refuse("pixels")
    except Exception:  # noqa: BLE001 - whatever a hostile file makes the decoder raise
        refuse("broken")
    sys.stdout.buffer.write(result)


def convert(source: BinaryIO, *, width: int, height: int, crop: bool, format: str) -> bytes:
    """The image upright, without metadata, in sRGB, no larger than the box; of an animation the first frame.

    Args:
        source: a seekable file.
        width: of the box, in pixels.
        height: of the box, in pixels.
        crop: fill the box and cut off what is over, instead of fitting inside.
        format: `webp`, `jpeg` or `png`.
    """
    from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image: Image.Image = Image.open(source, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        refuse("pixels")
    except UnidentifiedImageError:
        refuse("format")
    if image.width * image.height > MAX_PIXELS:
        refuse("pixels")
    long_side = max(width, height)
    image.draft("RGB", (long_side * 2, long_side * 2))
    image.load()
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut at white instead of scaling
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    box = (height, width) if turned else (width, height)
    if crop:
        image.thumbnail(_covering(image.size, box), Image.Resampling.LANCZOS, reducing_gap=2.0)
    else:
        image.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    ImageOps.exif_transpose(image, in_place=True)
    image = _in_srgb(image, flat=format == "jpeg")
    if crop:
        image = ImageOps.fit(image, (min(width, image.width), min(height, image.height)))
    return _saved(image, format)


def _covering(size: tuple[int, int], box: tuple[int, int]) -> tuple[int, int]:
    """The smallest size of the same shape that covers the box, never larger than now."""
    factor = min(1.0, max(box[0] / size[0], box[1] / size[1]))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _in_srgb(image: Image, *, flat: bool) -> Image:
    """Colours as screens show them without a profile; transparency on white where the format has none."""
    from PIL import Image, ImageCms

    see_through = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "CMYK"):
        srgb = ImageCms.createProfile("sRGB")
        try:
            original = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = ImageCms.profileToProfile(image, original, srgb, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError):
            image = image.convert("RGB")
    image = image.convert("RGBA" if see_through else "RGB")
    if not (see_through and flat):
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _saved(image: Image, format: str) -> bytes:
    image.info.clear()
    target = io.BytesIO()
    image.save(target, format.upper(), **_SAVING[format])
    return target.getvalue()


if __name__ == "__main__":
    main()
