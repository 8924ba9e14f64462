"""A PostgreSQL of its own for the tests, thrown away afterwards. The fixtures are in tests/conftest.py."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

_USER = "emergescope"
_PASSWORD = "p@ss/word"  # in the URL it must be percent-encoded
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


class PostgresServer:
    """A server on a free port of this machine. Databases are made empty."""

    def __init__(self, binaries: Path) -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="emergescope-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:  # PostgreSQL refuses to be run by root
            shutil.chown(self.directory, "postgres", "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}
        try:
            self._initialise(binaries)
            self._start(binaries)
        except BaseException:
            self.stop()
            raise

    def _initialise(self, binaries: Path) -> None:
        password = self.directory / "password"
        password.write_text(_PASSWORD, "utf-8")
        initdb = [str(binaries / "initdb"), "-D", str(self.directory / "data"), "-U", _USER, "-E", "UTF8", "--locale=C"]
        secure = ["--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
        done = subprocess.run([*initdb, *secure], capture_output=True, text=True, cwd="/", check=False, **self._as)
        assert done.returncode == 0, done.stdout + done.stderr

    def _start(self, binaries: Path) -> None:
        options = {**_QUICK, "listen_addresses": "127.0.0.1", "port": str(self.port)}
        options["unix_socket_directories"] = str(self.directory)
        command = [str(binaries / "postgres"), "-D", str(self.directory / "data")]
        command += [f"--{name}={value}" for name, value in options.items()]
        log = self.directory / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", **self._as)
        end = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"PostgreSQL does not start: {log.read_text('utf-8')}") from None
                time.sleep(0.05)

    def url(self, database: str, user: str = _USER, password: str = _PASSWORD) -> str:
        secret = password.replace("@", "%40").replace("/", "%2F")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """The URL of a new database."""
        name = f"test_{secrets.token_hex(4)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def execute(self, statement: str, url: str | None = None) -> list[Any]:
        """Rows of a statement, in the database `postgres` if no other is named."""
        with psycopg.connect(url or self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # at once; nothing of it is needed any more
            self._process.wait(timeout=30)
        shutil.rmtree(self.directory, ignore_errors=True)


def find_postgres() -> Path | None:
    """The directory of PostgreSQL's programs, the newest one of Debian's; None if it is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    places = [*reversed(debian)]
    if config := shutil.which("pg_config"):
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True)
        places.append(Path(asked.stdout.strip()))
    if initdb := shutil.which("initdb"):
        places.append(Path(initdb).resolve().parent)
    return next((place for place in places if (place / "initdb").exists() and (place / "postgres").exists()), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
