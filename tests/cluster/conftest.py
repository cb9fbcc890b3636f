"""A real cluster on this machine: a head that does no work, and nodes of two CPUs that tests kill and add."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

NODE = {"num_cpus": 2, "memory": 8 * 10**9, "object_store_memory": 80 * 10**6}
"""What each node says that it has."""


class Nodes:
    """The cluster's nodes, of which there are two at the start of each test."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {**NODE, "num_cpus": 0, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address = self.cluster.address

    def all(self) -> list:
        """The nodes that work."""
        return sorted(self.cluster.worker_nodes, key=lambda node: node.unique_id)

    def add(self):
        """Adds a node and returns it."""
        return self.cluster.add_node(**NODE)

    def workers(self, node, kind: str = "ray::") -> list[int]:
        """The processes of a node's workers whose title holds `kind`."""
        (raylet,) = node.all_processes["raylet"]
        return [
            pid
            for pid in (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
            if _parent(pid) == raylet.process.pid and kind in _title(pid)
        ]

    def kill(self, node) -> None:
        """Ends a node as a power cut does: all of its processes by SIGKILL."""
        doomed = self.workers(node, "")
        node.all_processes["raylet"][0].process.kill()
        for pid in doomed:
            os.kill(pid, signal.SIGKILL)
        self.cluster.remove_node(node, allow_graceful=False)

    def fill(self) -> None:
        """Adds nodes until there are two again."""
        while len(self.all()) < 2:
            self.add()


@pytest.fixture(scope="session")
def running_nodes():
    nodes = Nodes()
    yield nodes
    nodes.cluster.shutdown()


@pytest.fixture
def nodes(running_nodes) -> Nodes:
    """The cluster that all tests share, with two nodes."""
    running_nodes.fill()
    return running_nodes


def until(condition: Callable[[], object], what: str, seconds: float = 280) -> None:
    """Waits for a condition; fails the test where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
