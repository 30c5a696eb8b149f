"""Importers of the wiki."""

from cercle import N_, Importer
from plugins.wiki.importers.markdown import import_markdown, looks_like_markdown

importers = (
    Importer("markdown", N_("A folder or .zip archive of Markdown files"), looks_like_markdown, import_markdown),
)

__all__ = ["import_markdown", "importers"]
