"""`cercle maintenance` beside a site that is being served: it notices by itself."""

from pathlib import Path
from time import monotonic
from urllib.error import HTTPError

from tests.cli.runs import Served, asked, cercle, operator, served

PATIENCE = 30.0  # seconds; it takes three, and more on a busy machine


def _status(site: Served) -> int:
    """What a stranger gets."""
    try:
        site.get("/clubs")
    except HTTPError as error:
        return error.code
    return 200


def _comes_to(site: Served, status: int) -> bool:
    end = monotonic() + PATIENCE
    while (found := _status(site)) != status and monotonic() < end:
        pass
    return found == status


def test_a_running_site_closes_and_opens_when_a_command_says_so(tmp_path: Path) -> None:
    token = operator(tmp_path)
    with served(tmp_path) as site:
        assert _status(site) == 200

        closed = cercle(tmp_path, "maintenance", "on", "--minutes", "20", "--message", "New discs.")
        assert closed.returncode == 0, closed.stderr
        assert cercle(tmp_path, "maintenance", "status").stdout.endswith("UTC\tNew discs.\n")
        assert _comes_to(site, 503)
        assert [asked(site, path, token) for path in ("/healthz", "/api/v1/clubs")] == [200, 200]

        assert cercle(tmp_path, "maintenance", "off").returncode == 0
        assert _comes_to(site, 200)
    again = cercle(tmp_path, "maintenance", "off")
    assert (again.returncode, again.stderr) == (1, "cercle: The site is open.\n")
    assert cercle(tmp_path, "maintenance", "status").stdout == "open\n"
