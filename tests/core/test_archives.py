"""The archive reader takes every honest file and names each dishonest one, from archives and from folders."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.archives import Entry, Refusal, open_archive
from core.errors import Invalid, NotFound, TooLarge


def make_zip(path: Path, files: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data, method)
    return path


def reasons(path: Path, **limits: int) -> dict[str, str]:
    with open_archive(path, **limits) as archive:
        return {refusal.name: refusal.reason for refusal in archive.refused}


def test_a_zip_gives_its_files_by_name(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", [("b/c.md", b"two"), ("a.md", b"one")])
    with open_archive(path) as archive:
        assert archive.entries() == [Entry("a.md", 3), Entry("b/c.md", 3)]
        assert archive.refused == []
        assert archive.read("b/c.md", 3) == b"two"
        assert b"".join(archive.open("a.md")) == b"one"


def test_a_folder_gives_its_files_by_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.md").write_bytes(b"two")
    (tmp_path / "a.md").write_bytes(b"one")
    with open_archive(tmp_path) as archive:
        assert archive.entries() == [Entry("a.md", 3), Entry("b/c.md", 3)]
        assert archive.read("b/c.md", 10) == b"two"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../outside.md", "Its name leads out of the archive."),
        ("a/../../outside.md", "Its name leads out of the archive."),
        ("..\\outside.md", "Its name leads out of the archive."),
        ("/etc/passwd", "Its name is absolute."),
        ("\\\\server\\share.md", "Its name is absolute."),
        ("C:\\windows.md", "Its name is absolute."),
        ("c:relative.md", "Its name is absolute."),
        ("line\nbreak.md", "Its name cannot be used."),
        ("x" * 1025, "Its name is too long."),
    ],
)
def test_a_dangerous_name_is_refused_and_the_others_stay(tmp_path: Path, name: str, reason: str) -> None:
    path = make_zip(tmp_path / "a.zip", [(name, b"bad"), ("good.md", b"good")])
    with open_archive(path) as archive:
        assert archive.refused == [Refusal(name.replace("\n", "?"), reason)]
        assert archive.entries() == [Entry("good.md", 4)]


def special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path) -> None:
    files: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        (special("link.md", stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (special("device.md", stat.S_IFCHR | 0o666), b"x"),
        (special("pipe.md", stat.S_IFIFO | 0o666), b"x"),
    ]
    assert reasons(make_zip(tmp_path / "a.zip", files)) == {
        "link.md": "It is a symbolic link.",
        "device.md": "It is not a regular file.",
        "pipe.md": "It is not a regular file.",
    }


def test_links_and_pipes_in_a_folder_are_refused_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    with open_archive(root) as archive:
        assert archive.entries() == []
        assert {refusal.name: refusal.reason for refusal in archive.refused} == {
            "file.md": "It is a symbolic link.",
            "folder": "It is a symbolic link.",
            "loop": "It is a symbolic link.",
            "pipe": "It is not a regular file.",
        }


def test_a_file_that_became_a_link_after_listing_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.md").write_text("a")
    with open_archive(root) as archive:
        (root / "a.md").unlink()
        (root / "a.md").symlink_to(secret)
        with pytest.raises(Invalid):
            archive.read("a.md", 100)


def test_a_parent_that_became_a_link_after_listing_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("secret")
    folder = tmp_path / "root" / "folder"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text("a")
    with open_archive(tmp_path / "root") as archive:
        (folder / "a.md").unlink()
        folder.rmdir()
        folder.symlink_to(outside)
        with pytest.raises(Invalid):
            archive.read("folder/a.md", 100)


def test_a_name_that_came_before_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = make_zip(tmp_path / "a.zip", [("a.md", b"first"), ("a.md", b"second"), ("./a.md", b"third")])
    with open_archive(path) as archive:
        assert archive.read("a.md", 100) == b"first"
        assert [refusal.name for refusal in archive.refused] == ["a.md", "./a.md"]


def test_names_are_composed_so_that_links_find_them(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", [("e\u0301te\u0301.md", b"x")])
    with open_archive(path) as archive:
        assert archive.entries() == [Entry("\u00e9t\u00e9.md", 1)]
        assert archive.read("\u00e9t\u00e9.md", 1) == b"x"


def test_windows_separators_become_folders(tmp_path: Path) -> None:
    with open_archive(make_zip(tmp_path / "a.zip", [("a\\b.md", b"x")])) as archive:
        assert archive.entries() == [Entry("a/b.md", 1)]
        assert archive.read("a/b.md", 1) == b"x"


def test_a_thousand_to_one_entry_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", [("bomb.bin", bytes(10_000_000)), ("a.md", b"a")])
    with open_archive(path) as archive:
        assert archive.entries() == [Entry("a.md", 1)]
        assert archive.refused == [Refusal("bomb.bin", "It grows more than allowed when it is unpacked.")]


def test_a_nested_archive_is_a_file_and_is_not_opened(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", [("bomb.bin", bytes(10_000_000))]).read_bytes()
    with open_archive(make_zip(tmp_path / "a.zip", [("inner.zip", inner)])) as archive:
        assert archive.entries() == [Entry("inner.zip", len(inner))]


def test_encrypted_entries_are_refused(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", [("a.md", b"a")]).read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 8] |= 1
    (tmp_path / "b.zip").write_bytes(data)
    assert reasons(tmp_path / "b.zip") == {"a.md": "It is encrypted."}


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", [("a.md", b"a" * 100)], zipfile.ZIP_LZMA)
    assert reasons(path) == {"a.md": "It is compressed in a way that is not supported."}


def test_entries_that_share_their_data_are_refused(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", [("a.md", b"a" * 9), ("b.md", b"b" * 9)]).read_bytes())
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    (tmp_path / "b.zip").write_bytes(data)
    assert reasons(tmp_path / "b.zip") == {"b.md": "It shares its data with another file."}


def test_too_many_entries_are_not_even_listed(tmp_path: Path) -> None:
    files: list[tuple[str | zipfile.ZipInfo, bytes]] = [(f"{n}.md", b"") for n in range(4)]
    with pytest.raises(TooLarge):
        open_archive(make_zip(tmp_path / "a.zip", files), max_entries=3)
    (tmp_path / "folder").mkdir()
    for n in range(4):
        (tmp_path / "folder" / str(n)).touch()
    with pytest.raises(TooLarge):
        open_archive(tmp_path / "folder", max_entries=3)


def test_a_huge_list_of_entries_is_not_loaded(tmp_path: Path) -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 30_000_000, 0, 0)
    with (tmp_path / "a.zip").open("wb") as file:
        file.truncate(30_000_000)
        file.seek(0, os.SEEK_END)
        file.write(end)
    with pytest.raises(TooLarge):
        open_archive(tmp_path / "a.zip")


def test_one_large_file_and_the_total_are_limited(tmp_path: Path) -> None:
    files: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        ("a.md", b"a" * 50),
        ("b.md", b"b" * 60),
        ("c.md", b"c" * 101),
    ]
    path = make_zip(tmp_path / "a.zip", files)
    assert reasons(path, max_entry=100, max_total=100) == {
        "b.md": "With it, all files together would be larger than allowed.",
        "c.md": "It is larger than allowed for one file.",
    }


def test_sizes_are_counted_while_reading(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a")
    (tmp_path / "b.md").write_bytes(b"b")
    with open_archive(tmp_path, max_entry=100, max_total=150) as archive:
        (tmp_path / "a.md").write_bytes(b"a" * 101)
        with pytest.raises(TooLarge):
            archive.read("a.md", 1000)
        (tmp_path / "a.md").write_bytes(b"a" * 100)
        (tmp_path / "b.md").write_bytes(b"b" * 100)
        with pytest.raises(TooLarge):
            archive.read("b.md", 1000)


def test_reading_a_file_twice_counts_it_once(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"a" * 80)
    with open_archive(tmp_path, max_total=100) as archive:
        assert archive.read("a.md", 80) == archive.read("a.md", 80)


def test_a_lying_size_is_damage(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", [("a.md", os.urandom(5000))]).read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 10)
    (tmp_path / "b.zip").write_bytes(data)
    with open_archive(tmp_path / "b.zip") as archive, pytest.raises(Invalid):
        archive.read("a.md", 10_000)


def test_read_stops_at_its_limit(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", [("a.md", b"four")])
    with open_archive(path) as archive, pytest.raises(TooLarge):
        archive.read("a.md", 3)


@pytest.mark.parametrize("name", ["absent.md", "../outside.md", "/etc/passwd"])
def test_only_listed_names_can_be_read(tmp_path: Path, name: str) -> None:
    path = make_zip(tmp_path / "a.zip", [("../outside.md", b"x")])
    with open_archive(path) as archive, pytest.raises(NotFound):
        archive.read(name, 10)
    with open_archive(tmp_path) as archive, pytest.raises(NotFound):
        archive.read(name, 10)


def test_what_is_no_archive_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no archive")
    with pytest.raises(Invalid, match=r"not a \.zip archive"):
        open_archive(tmp_path / "a.zip")
    with pytest.raises(Invalid, match="no such file or folder"):
        open_archive(tmp_path / "absent.zip")


def read_all(path: Path) -> dict[str, bytes]:
    with open_archive(path, max_total=1_000_000) as archive:
        return {entry.name: archive.read(entry.name, 1_000_000) for entry in archive.entries()}


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
ANY_ZIP = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY_ZIP
@given(
    files=st.dictionaries(
        NAMES | st.sampled_from(["../a", "/a", "a/../b", "C:x", "a//b", "./b"]), st.binary(max_size=50)
    )
)
def test_every_name_is_either_inside_or_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    path = make_zip(tmp_path / "a.zip", list(files.items()))
    with open_archive(path) as archive:
        names = [entry.name for entry in archive.entries()]
        folders = [name for name, data in files.items() if name.endswith("/") and not data]
        assert len(names) + len(archive.refused) + len(folders) == len(files)
    for name in names:
        assert os.path.normpath(f"/base/{name}") == f"/base/{name}"


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    data = make_zip(tmp_path / "a.zip", [("Q", b"x")]).read_bytes()
    (tmp_path / "b.zip").write_bytes(data.replace(b"Q", b"\0"))
    assert reasons(tmp_path / "b.zip") == {"?": "Its name cannot be used."}


@ANY_ZIP
@given(place=st.integers(0, 400), value=st.integers(0, 255), change=st.sampled_from(["set", "cut", "insert"]))
def test_a_damaged_archive_gives_a_clear_error_or_bounded_data(
    tmp_path: Path, place: int, value: int, change: str
) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", b"hello " * 50)
        archive.writestr("b/c.md", b"world")
    data = bytearray(buffer.getvalue())
    edit: dict[str, Callable[[], object]] = {
        "set": lambda: data.__setitem__(place % len(data), value),
        "cut": lambda: data.__delitem__(slice(place, None)),
        "insert": lambda: data.insert(place, value),
    }
    edit[change]()
    (tmp_path / "a.zip").write_bytes(data)
    try:
        files = read_all(tmp_path / "a.zip")
    except (Invalid, TooLarge):
        return
    assert sum(map(len, files.values())) <= 1_000_000
