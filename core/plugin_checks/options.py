"""Settings: each field has a title that people read, and a default, so that a plugin works before anybody decided."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from core.plugin_checks.checked import Checked
from core.plugin_checks.faults import Fault, at, meant

SCOPES = ("SiteSettings", "ClubSettings", "MemberSettings")


def check_settings(checked: Checked) -> Iterator[Fault]:
    """The models of `settings.py`."""
    path, module = checked.folder / "settings.py", checked.loaded.modules.get("settings")
    for name, value in vars(module).items() if module else ():
        if (
            not isinstance(value, type)
            or not issubclass(value, BaseModel)
            or value.__module__ != getattr(module, "__name__", "")
        ):
            continue
        if name not in SCOPES:
            if hint := meant(name, SCOPES, cutoff=0.75):
                yield at(path, f"class {name}", f"Cercle does not read {name}{hint}")
            continue
        line = at(path, f"class {name}", "").line
        for field, facts in value.model_fields.items():
            if facts.is_required():
                yield at(
                    path,
                    f"{field}:",
                    f"{name}.{field} has no default; a plugin works before anybody decided",
                    after=line,
                )
            if not facts.title:
                yield at(
                    path, f"{field}:", f'{name}.{field} has no title for its form; say Field(title=N_("…"))', after=line
                )
