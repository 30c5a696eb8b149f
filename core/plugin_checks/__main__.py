"""The process in which a plugin is imported and checked: `python -m core.plugin_checks REPORT.json '{"name": "wiki"}'`."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path

from core import current
from core.parts import ENTRY_POINT_GROUP


def main(report: Path, asked: dict[str, str]) -> None:
    """Write what is wrong with a plugin into a file; what the plugin prints does not get in between.

    Args:
        report: the file.
        asked: `name` of an installed plugin, or `package`, `path` and `root` of one in a folder.
    """
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="cercle-check-") as place:
        if asked["package"]:
            announce(Path(place), asked["package"])
            sys.path[:0] = [asked["path"], place]  # the folder comes before what is installed
        found = asyncio.run(examine(Path(place) / "data", asked))
    unfinished = report.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(found), encoding="utf-8")
    unfinished.rename(report)


def announce(place: Path, package: str) -> None:
    """Make a package known as pip would, for whoever imports from a folder.

    Args:
        place: the folder.
        package: importable name of the plugin.
    """
    facts = place / "checked_plugin-0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: checked-plugin\nVersion: 0\n", encoding="utf-8")
    (facts / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\nchecked = {package}\n", encoding="utf-8")


async def examine(data: Path, asked: dict[str, str]) -> dict[str, object]:
    """What is wrong with a plugin, for `core.plugin_checks.running` to read.

    Args:
        data: a folder for a site that is built and never run.
        asked: as `main` takes it.
    """
    from core.app import create_app
    from core.plugin_check import check_plugin
    from core.settings import load_settings
    from core.verdicts import verdict_summary

    app = create_app(load_settings(data_dir=data))
    wanted = [
        one for one in app.parts.all() if asked["package"] in ("", one.package) and asked["name"] in ("", one.name)
    ]
    if not wanted:
        return {"unknown": ", ".join(one.name for one in app.parts.all())}
    with current.using(app):
        faults = await check_plugin(app, wanted[0], Path(asked["root"]) if asked["root"] else None)
    return {
        "name": wanted[0].name,
        "version": wanted[0].part.version,
        "faults": [(str(one.path), one.line, one.text, one.level) for one in faults],
        "verdict": verdict_summary(wanted[0]),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
