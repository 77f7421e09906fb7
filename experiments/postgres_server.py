"""A PostgreSQL server of one's own, for tests and benchmarks that stop it, or kill it.

    with PostgresServer(folder) as server:
        engine = create_engine(server.url, connect_args={"password": server.password})

It keeps what it has acknowledged: fsync stays on, so a killed server, started again, has lost
nothing that was committed. It listens on the loopback alone and asks for a password.
"""

import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from knowledge.errors import AthanorError

_DEBIAN = Path("/usr/lib/postgresql")
# Below the ports that systems hand to outgoing connections (32768 up), one of which might otherwise
# take the server's port between a kill and a start.
_PORTS = range(15_000, 32_000)
_PATIENCE_S = 60.0
# PostgreSQL refuses to run as root; then its commands run as this user, as Debian sets it up.
_SERVER_USER = "postgres"


class PostgresError(AthanorError):
    """A PostgreSQL server that is not installed, does not start, or does not answer."""


def binaries() -> Path:
    """The folder that holds initdb and postgres: Debian's newest version, else the one on PATH.

    Raises PostgresError where PostgreSQL is not installed.
    """
    versions = [p.parent for p in _DEBIAN.glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda p: [int(n) for n in re.findall(r"\d+", p.parent.name)])
    found = shutil.which("initdb")
    if found is None:
        raise PostgresError(
            f"no PostgreSQL server under {_DEBIAN} or on PATH: install one, on Debian with "
            "apt-get install postgresql"
        )
    return Path(found).resolve().parent


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise PostgresError("no free port on 127.0.0.1 among 100 tried: close some servers")


def _children(parent: int) -> list[int]:
    """Process ids of the living children of `parent`, from /proc (none where there is no /proc)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:  # it ended between being listed and being read
            continue
        if int(ppid) == parent and state != "Z":
            found.append(int(stat.parent.name))
    return found


def _ended(pid: int) -> bool:
    """Whether a process is gone, or dead and waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2][1] == "Z"
    except OSError:
        return True


class PostgresServer:
    """A server with a superuser and a database, both `athanor`; its files are all in `folder`.

    `folder` is new or empty, and becomes the server's own: where root starts it, it is given to
    the user `postgres`, who must be able to reach it. Entering makes the database and starts the
    server; leaving stops it and leaves the files. It stops, too, where this process is killed.
    `password` is random, and not in `url`: give it by PGPASSWORD, or as the connection's argument
    `password`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.password = secrets.token_urlsafe(16)
        self.port = _free_port()
        self._binaries = binaries()
        self._user = _SERVER_USER if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The database `athanor`, for SQLAlchemy, without the password."""
        return self._url("athanor")

    def __enter__(self) -> Self:
        self._initialise()
        self.start()
        try:
            self.new_database("athanor")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server on its port and wait until it answers; nothing if it runs.

        Raises PostgresError where it ends, or has not answered after a minute.
        """
        if self._process is not None:
            return
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "shared_buffers": "32MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *options],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                start_new_session=True,  # a Ctrl-C meant for the tests is not one for the server
            )
        self._watch_over(self._process.pid)
        deadline = time.monotonic() + _PATIENCE_S
        while not self._ready(self._process.pid):
            if self._process.poll() is not None:
                self._process = None
                self._unwatch()
                raise PostgresError(f"PostgreSQL ended at its start: {self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise PostgresError(
                    f"PostgreSQL did not answer in {_PATIENCE_S:.0f} s: {self._last_words()}"
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it in order, disconnecting whoever is connected; nothing if it does not run."""
        if self._process is None:
            return
        self._unwatch()
        self._process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and each of its processes, as a power cut; nothing if none runs."""
        if self._process is None:
            return
        self._unwatch()
        server = self._process.pid
        os.kill(server, signal.SIGSTOP)  # so that it starts no more of them meanwhile
        processes = _children(server)
        for pid in [server, *processes]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        self._process = None
        # A server does not start while one of the old one's processes holds its shared memory.
        deadline = time.monotonic() + _PATIENCE_S
        while not all(map(_ended, processes)) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _watch_over(self, server: int) -> None:
        """Have it stopped where this process is killed: then a pipe ends that a shell reads."""
        self._watch = subprocess.Popen(
            ["/bin/sh", "-c", f"read -r _; kill -INT {server}"],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _unwatch(self) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
            self._watch = None

    def new_database(self, name: str) -> str:
        """The URL, without the password, of a new empty database.

        Raises PostgresError where there is one of that name, or the server does not answer.
        """
        self._checked(
            "createdb", *self._address, "-U", "athanor", "--maintenance-db=postgres", name
        )
        return self._url(name)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    @property
    def _address(self) -> tuple[str, ...]:
        return ("-h", "127.0.0.1", "-p", str(self.port))

    def _ready(self, pid: int) -> bool:
        """Whether its own file says so: first its process id, last its state."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) == 8 and int(lines[0]) == pid and lines[-1].strip() == "ready"

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://athanor@127.0.0.1:{self.port}/{database}"

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if any(self.folder.iterdir()):
            raise PostgresError(f"{self.folder} is not empty: give the server a folder of its own")
        password = self.folder / "password"
        password.touch(0o600)
        password.write_text(self.password, encoding="utf-8")
        if self._user is not None:
            try:
                for path in (self.folder, password):
                    shutil.chown(path, self._user, self._user)
            except LookupError:
                raise PostgresError(
                    f"PostgreSQL does not run as root and there is no user {self._user}: "
                    "start it as another user"
                ) from None
        self._checked(
            "initdb", "-D", str(self._data), "-U", "athanor", f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip
        password.unlink()

    def _run(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        words: Sequence[str | Path] = [self._binaries / command, *arguments]
        environment = os.environ | {"PGPASSWORD": self.password, "LC_ALL": "C"}
        return subprocess.run(
            words,
            cwd="/",  # the caller's folder may be closed to the server's user
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
        )

    def _checked(self, command: str, *arguments: str) -> None:
        done = self._run(command, *arguments)
        if done.returncode != 0:
            said = (done.stderr.strip() or "it said nothing").replace("\n", "; ")
            whose = f" as user {self._user}" if self._user else ""
            raise PostgresError(f"{command} failed{whose} in {self.folder}: {said}")

    def _last_words(self) -> str:
        """The last reason in its log, or its last line where it gave none."""
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        reasons = [line for line in lines if re.search(r"\b(FATAL|PANIC):", line)]
        return (reasons or lines or ["it said nothing"])[-1]
