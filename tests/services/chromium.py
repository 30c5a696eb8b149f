"""Chromium from the npm package @sparticuz/chromium, driven by Playwright. It needs no system package."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "node_modules"
ARGUMENTS = (
    "--no-zygote",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--font-render-hinting=none",
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """An unpacked browser."""

    executable: Path
    env: dict[str, str]
    """The environment to start it in: where its libraries and fonts are."""

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        """Runs the browser, headless, until the block is left."""
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=self.executable,
                args=list(ARGUMENTS),
                env={**os.environ, **self.env},
                chromium_sandbox=False,
            )
            try:
                yield browser
            finally:
                await browser.close()


def unpacked_chromium() -> Chromium:
    """The browser of the installed npm package, unpacked on first use beside the package for every later run.

    Raises FileNotFoundError, naming the command that helps, when the npm package or Node is missing.
    """
    package = PACKAGES / "@sparticuz" / "chromium" / "package.json"
    if not package.exists():
        raise FileNotFoundError(f"{package} is missing: run `npm ci`, or let `make test` do it")
    cache = PACKAGES / ".cache"
    cache.mkdir(exist_ok=True)
    folder = cache / f"chromium-{json.loads(package.read_text())['version']}"
    with (cache / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _unpack(folder)
    libraries = f"{folder}:{folder / 'al2023' / 'lib'}"
    return Chromium(folder / "chromium", {"LD_LIBRARY_PATH": libraries, "FONTCONFIG_FILE": str(folder / "fonts.conf")})


def _unpack(folder: Path) -> None:
    """Unpacks into a temporary folder that gets its name when it is complete."""
    half_way = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        subprocess.run((_node(), ROOT / "scripts" / "chromium.mjs", half_way), check=True)
        (half_way / "fonts.conf").write_text(_font_configuration(folder))
        half_way.rename(folder)
    except BaseException:
        shutil.rmtree(half_way, ignore_errors=True)
        raise


def _node() -> str:
    """The system's Node, or the one that the set-up took from PyPI."""
    beside_python = Path(sys.executable).with_name("node")
    node = shutil.which("node") or (str(beside_python) if beside_python.exists() else None)
    if node is None:
        raise FileNotFoundError("Node is missing: let `make test` install it")
    return node


def _font_configuration(folder: Path) -> str:
    """Only fonts from packages, so that a page looks the same on every machine."""
    preferences = (("sans-serif", "Open Sans"), ("serif", "DejaVu Serif"), ("monospace", "DejaVu Sans Mono"))
    aliases = "".join(
        f"<alias><family>{family}</family><prefer><family>{font}</family><family>DejaVu Sans</family></prefer></alias>"
        for family, font in preferences
    )
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder / "fonts"}</dir>
  <dir>{PACKAGES / "dejavu-fonts-ttf" / "ttf"}</dir>
  <cachedir>{folder / "fonts-cache"}</cachedir>
  {aliases}
</fontconfig>
"""
