"""A disk of a megabyte, or one that cannot be written, for one process alone.

The process gets a mount namespace of its own (and where it is not root, a user namespace), so that
nobody else sees what it mounts, and nothing is left when it ends.
"""

import ctypes
import os
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_PATIENCE_S = 60.0
_fork = get_context("fork")


def alone(work: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns in a process that may mount what it likes.

    The test is skipped where the system does not allow that.
    """
    ours, theirs = _fork.Pipe()
    process = _fork.Process(target=_run, args=(theirs, work, *arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        done, answer = ours.recv() if ours.poll(_PATIENCE_S) else ("late", None)
    except EOFError:
        done, answer = "died", None
    process.join(_PATIENCE_S)
    if done == "not allowed":
        pytest.skip(f"no mount namespaces here: {answer}")
    assert done == "done", answer or done
    return answer


def mount_small(folder: Path, size: str = "1m") -> None:
    """A disk of a megabyte at a folder. To be called by what runs `alone`."""
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode())


def make_read_only(folder: Path) -> None:
    """What lies in a folder stays as it is. To be called by what runs `alone`."""
    path = os.fsencode(folder)
    _call("mount", path, path, None, _MS_BIND, None)
    _call("mount", path, path, None, _MS_BIND | _MS_REMOUNT | _MS_RDONLY, None)


def fill(folder: Path) -> None:
    """Leave no byte free."""
    with (folder / "ballast").open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"x" * 4096)
        except OSError:
            return


def _run(pipe: Connection, work: Callable[..., Any], *arguments: Any) -> None:
    try:
        _namespace()
    except OSError as error:
        pipe.send(("not allowed", str(error)))
        os._exit(0)
    try:
        pipe.send(("done", work(*arguments)))
    except BaseException as error:
        pipe.send(("failed", f"{type(error).__name__}: {error}"))
    os._exit(0)


def _namespace() -> None:
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWNS | (0 if user == 0 else _CLONE_NEWUSER))
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)


def _call(name: str, *arguments: Any) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
