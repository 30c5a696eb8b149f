"""Whatever reads memberships leaves those out whose time is over, or is listed here with the reason why it need not."""

import re

from tests.architecture.source import ROOT, name_of, python_files

READS = re.compile(r"\bspaces_membership\b|\bMembership\.(?:filter|get|get_or_none|exists|all)\(")
LEAVES_OUT = re.compile(r"\bstanding\(|\bstands\(")
OWNERS = "owners only, whose membership has no end"
OWN_ROW = "changes what belongs to the row; it opens nothing"

EXEMPT = {
    "cercle/_testing/village.py": "removes people in tests",
    "plugins/blog/views/feeds.py": "the gate has decided whether the viewer is a member",
    "spaces/demo.py": "makes the demo",
    "spaces/imports.py": OWNERS,
    "spaces/models/members.py": "the table itself",
    "spaces/services/club_groups.py": "writes the ends of those who follow from the club above",
    "spaces/services/club_purge.py": "counts the rows that are deleted",
    "spaces/services/ending.py": "ends those whose time is over",
    "spaces/services/erasure_mail.py": OWNERS,
    "spaces/queries/club_list.py": OWNERS,
    "spaces/services/merge_people.py": "ends those whose time is over before it reads them",
    "spaces/services/my_clubs.py": OWN_ROW,
    "spaces/services/returns.py": OWN_ROW,
    "spaces/services/roles.py": "gives another role to all rows that have one that goes",
    "spaces/services/visits.py": OWN_ROW,
}


def test_whatever_reads_memberships_asks_whether_they_stand() -> None:
    reading = {name_of(path): path.read_text() for path in python_files() if READS.search(path.read_text())}
    forgetful = {name for name, text in reading.items() if not LEAVES_OUT.search(text)}
    assert sorted(forgetful - EXEMPT.keys()) == []


def test_every_exemption_is_needed() -> None:
    needed = {
        name
        for name in EXEMPT
        if (ROOT / name).exists()
        and READS.search((ROOT / name).read_text())
        and not LEAVES_OUT.search((ROOT / name).read_text())
    }
    assert sorted(EXEMPT.keys() - needed) == []
