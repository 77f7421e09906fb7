"""A lab in another process or on another machine: a server for any lab, and a client for one.

    with LabServer(lab) as server:
        far = remote_lab(server.url)
        far.submit(recipe, "e1")

What comes over the wire is data that is checked: no answer is taken for an outcome that is not one.
"""

from lab.remote.client import RemoteLab, remote_lab
from lab.remote.server import LabServer

__all__ = ["LabServer", "RemoteLab", "remote_lab"]
