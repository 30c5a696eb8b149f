"""<< title >>: short notes that members write for their club."""

from cercle import N_, Part

part = Part(
    name="<< name >>",
    title=N_("<< title >>"),
    summary=N_("Short notes that members write for their club"),
    version="0.1.0",
    cercle=">=<< version >>,<1",
    icon="notebook-pen",
)
