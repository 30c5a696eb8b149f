"""Where bytes live: in a folder or in an object store, each file under the SHA-256 of its content.

Both stores first take the bytes in under a temporary name while hashing them, and then put them in place in
one step, so that nobody ever sees half a file. `core.storage` is the door; it also keeps the table of blobs
in step with the bytes.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from core.errors import SettingsError
from core.stores.base import Staged, Storage, Written
from core.stores.disk import LocalStorage
from core.stores.objects import ObjectStorage

__all__ = ["LocalStorage", "ObjectStorage", "Staged", "Storage", "Written", "open_storage"]


def open_storage(url: str) -> Storage:
    """The storage at an address like `file:///srv/cercle/blobs` or `s3://bucket/prefix`.

    An object store takes its keys, region and endpoint from the usual `AWS_…` variables. It is addressed by
    path; the one at `AWS_ENDPOINT_URL` may be reached over plain http.

    Raises:
        SettingsError: when the address is wrong, or the folder cannot be made or written.
    """
    if url.startswith("file://"):
        return LocalStorage(Path(url.removeprefix("file://")))
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"CERCLE_STORAGE_URL: must look like file:///folder or s3://bucket/prefix (it is {url!r})")
    return ObjectStorage(parts.netloc, parts.path.strip("/"))
