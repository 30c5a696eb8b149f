"""Images come back small, upright and bare; hostile ones are refused, and cost a child process at most."""

from __future__ import annotations

import asyncio
import io
import os
import struct
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from core import images
from core.errors import Invalid
from core.images import reencode, thumbnail
from tests.core.bare_site import bind_bare_site

pytestmark = pytest.mark.anyio

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(autouse=True)
async def site() -> None:
    bind_bare_site()


async def pieces(data: bytes, step: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


def picture(width: int, height: int, format: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    """Red on the left half, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    target = io.BytesIO()
    image.convert(mode).save(target, format, **options)
    return target.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(cast("tuple[int, ...]", pixel), colour, strict=False))


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of few bytes whose header promises a huge picture, with honestly compressed zeros behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 100), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
async def test_an_image_of_each_kind_becomes_a_small_webp(format: str) -> None:
    result = opened(await thumbnail(pieces(picture(400, 200, format)), width=100, height=100))
    assert (result.format, result.size) == ("WEBP", (100, 50))
    assert near(result.getpixel((10, 25)), RED)
    assert near(result.getpixel((90, 25)), BLUE)


@pytest.mark.parametrize("format", ["webp", "jpeg", "png"])
async def test_the_result_has_the_wanted_format(tmp_path: Path, format: images.Format) -> None:
    path = tmp_path / "picture"
    path.write_bytes(picture(60, 40))
    assert opened(await thumbnail(path, width=30, height=30, format=format)).format == format.upper()


async def test_a_small_image_is_not_enlarged() -> None:
    assert opened(await thumbnail(pieces(picture(20, 10)), width=100, height=100)).size == (20, 10)


@pytest.mark.parametrize(("size", "expected"), [((400, 200), (64, 64)), ((200, 400), (64, 64)), ((50, 20), (50, 20))])
async def test_cropping_fills_the_box(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert opened(await thumbnail(pieces(picture(*size)), width=64, height=64, crop=True)).size == expected


@pytest.mark.parametrize("crop", [False, True])
async def test_a_turned_photograph_is_set_upright(crop: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it a quarter to the right
    data = picture(400, 200, "JPEG", exif=exif)
    result = opened(await thumbnail(pieces(data), width=50, height=100, crop=crop))
    assert result.size == (50, 100)
    assert near(result.getpixel((25, 5)), RED)
    assert near(result.getpixel((25, 95)), BLUE)


@pytest.mark.parametrize("format", ["webp", "jpeg", "png"])
async def test_nothing_but_the_pixels_survives(format: images.Format) -> None:
    exif, text = Image.Exif(), PngImagePlugin.PngInfo()
    exif[0x010E] = "secret-place"
    text.add_text("Comment", "secret-place", zip=False)
    for data in (
        picture(40, 40, "JPEG", exif=exif, comment="secret-place"),
        picture(40, 40, pnginfo=text, exif=exif),
    ):
        assert b"secret-place" in data
        result = await reencode(pieces(data), format=format)
        assert b"secret-place" not in result
        assert dict(opened(result).getexif()) == {}


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "RGBA"])
async def test_every_kind_of_pixel_is_understood(mode: str) -> None:
    data = picture(40, 40, "JPEG" if mode == "CMYK" else "PNG", mode)
    assert opened(await reencode(pieces(data), format="jpeg")).mode == "RGB"


async def test_sixteen_bits_of_grey_keep_their_brightness() -> None:
    target = io.BytesIO()
    Image.new("I;16", (20, 20), 128 * 256).save(target, "PNG")
    assert near(opened(await reencode(pieces(target.getvalue()))).getpixel((5, 5)), (128, 128, 128))


async def test_transparency_is_kept_and_becomes_white_where_it_cannot_be() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(target, "PNG")
    clear, flat = [opened(await reencode(pieces(target.getvalue()), format=f)) for f in ("webp", "jpeg")]
    assert cast("tuple[int, ...]", clear.getpixel((5, 5)))[3] == 0
    assert near(flat.getpixel((5, 5)), (255, 255, 255))


async def test_a_colour_profile_is_applied_before_it_is_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for data in (
        picture(40, 40, "JPEG", icc_profile=profile),
        picture(40, 40, "JPEG", icc_profile=b"broken"),
    ):
        result = opened(await reencode(pieces(data), format="png"))
        assert "icc_profile" not in result.info
        assert near(result.getpixel((5, 5)), RED)


async def test_an_animation_gives_its_first_frame() -> None:
    target = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:])
    assert near(opened(await reencode(pieces(target.getvalue()))).convert("RGB").getpixel((5, 5)), RED)


@pytest.mark.parametrize("name", ["bomb", "large", "empty", "text", "svg", "eps", "bmp", "tiff"])
async def test_what_is_no_safe_image_is_refused(name: str) -> None:
    data = {
        "bomb": png_claiming(30_000, 30_000),
        "large": png_claiming(7_100, 7_100),
        "empty": b"",
        "text": b"hello" * 100,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n",
        "bmp": picture(10, 10, "BMP"),
        "tiff": picture(10, 10, "TIFF"),
    }[name]
    with pytest.raises(Invalid) as refused:
        await thumbnail(pieces(data), width=100, height=100)
    expected = "50 megapixels" if name in ("bomb", "large") else "JPEG, PNG, GIF, WebP or AVIF"
    assert expected in refused.value.message


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "AVIF"])
async def test_a_truncated_image_is_refused(format: str) -> None:
    noise = Image.frombytes("RGB", (200, 200), os.urandom(120_000))
    target = io.BytesIO()
    noise.save(target, format)
    with pytest.raises(Invalid, match=r"damaged|not an image"):
        await thumbnail(pieces(target.getvalue()[: len(target.getvalue()) // 2]), width=100, height=100)


async def test_the_largest_image_allowed_fits_into_the_memory_of_the_child() -> None:
    target = io.BytesIO()
    Image.new("RGBA", (7_000, 7_000), (255, 0, 0, 128)).save(target, "PNG", compress_level=1)
    assert opened(await reencode(pieces(target.getvalue()), format="jpeg")).size == (4096, 4096)


async def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        await thumbnail(tmp_path / "gone", width=10, height=10)


async def test_a_sender_that_stalls_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalling() -> AsyncIterator[bytes]:
        yield b"\x89PNG"
        await asyncio.Event().wait()

    monkeypatch.setattr(images, "SECONDS", 0.2)
    with pytest.raises(Invalid, match="too long"):
        await thumbnail(stalling(), width=10, height=10)


async def test_many_at_once_take_turns() -> None:
    data = picture(300, 300)
    results = await asyncio.gather(*(thumbnail(pieces(data), width=10, height=10) for _ in range(5)))
    assert {opened(result).size for result in results} == {(10, 10)}


async def test_the_child_has_limits_and_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    report = tmp_path / "report"
    spy = tmp_path / "python"
    spy.write_text(f'#!/bin/sh\n/usr/bin/env > {report}\nexec {sys.executable} "$@"\n')
    spy.chmod(0o755)
    monkeypatch.setenv("CERCLE_SECRET_KEY", "very-secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    monkeypatch.setattr(sys, "executable", str(spy))
    await thumbnail(pieces(picture(10, 10)), width=5, height=5)
    names = {line.split("=")[0] for line in report.read_text().splitlines()}
    assert names <= {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}


@pytest.mark.parametrize("side", [0, -1, 4097])
async def test_a_box_has_sensible_sides(side: int) -> None:
    with pytest.raises(ValueError, match="1 to 4096"):
        await thumbnail(pieces(b""), width=side, height=10)
