"""Files: folders, versions and trash for what a club shares, streamed in and out."""

from cercle import N_, Part, SearchField

part = Part(
    name="files",
    title=N_("Files"),
    summary=N_("Folders of files with versions, previews, a trash and a limit on space for each club."),
    version="0.1.0",
    icon="folder",
    policy="on_by_default",
    order=30,
    shortcut="f",
    content={"file": N_("File")},
    search_fields=(SearchField("type", N_("Type of file"), ("pdf", "image")),),
)
