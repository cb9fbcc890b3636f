"""A connection to Ray: to a cluster that runs, or to one of this machine that ends with the command."""

import logging
import os
import re
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from srgan_tf.errors import Stopped, UsageError, WorkError
from srgan_tf.progress import note
from srgan_tf.quiet import quiet_libraries
from srgan_tf.stopping import interrupts

STARTS = 4
"""Ray gives the work of a lost worker to another one; after so many starts the work itself is at fault."""

INSTALL = "pip install '.[cluster]'"
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to Ray's makers
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_TRAIN_V2_ENABLED": "1",
}
"""Ray's settings in the environment; those that the user has set stay."""


@dataclass(frozen=True)
class Workers:
    """The workers of a command.

    Attributes:
      least: workers that are kept.
      most: workers up to which there may be while images wait.
      cpus: CPU cores of each.
      gpus: GPUs of each; may be a fraction.
    """

    least: int
    most: int
    cpus: float = 1.0
    gpus: float = 0.0


def check_installed() -> None:
    """Checks that Ray can be imported.

    Raises:
      UsageError: it is not installed.
    """
    for name in ("ray", "pyarrow"):
        if find_spec(name) is None:
            raise UsageError(f"srgan-cluster works through Ray, and {name} is not installed: {INSTALL}")


@contextmanager
def connected(address: str) -> Iterator[None]:
    """Connects this process to Ray while in its block.

    Ray's usage statistics are off, and its messages about warnings are kept from the terminal; they stand in
    Ray's own logs.

    Args:
      address: "auto" for the cluster that this machine belongs to, or HOST:PORT of its head; empty starts
        Ray on this machine.

    Raises:
      UsageError: no cluster is there, or it runs another version of Ray or Python.
      Stopped: Ctrl-C or SIGTERM came.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    with quiet_libraries():
        import ray

    _check_answers(address)
    _init(address)
    try:
        with interrupts() as came:
            try:
                yield
            except KeyboardInterrupt:
                raise Stopped(came[-1], "stopped; the same command goes on") from None
    finally:
        ray.shutdown()


def _init(address: str) -> None:
    import ray

    try:
        with quiet_libraries():  # C++ says on stderr what the exception says too
            ray.init(address or "local", logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UsageError(f"--address={address}: no cluster answers ({_line(error)})") from None
    except RuntimeError as error:
        if "ersion mismatch" not in str(error):
            raise UsageError(f"--address={address}: {_line(error)}") from None
        raise UsageError(
            f"--address={address}: {_line(error)}; install the cluster's versions here, or start this "
            "command on one of its machines"
        ) from None


class Starts:
    """An actor beside the command: counts how often each piece of work was begun.

    A worker that is lost says nothing, and Ray begins its work again for ever.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def begun(self, keys: Sequence[str]) -> list[bool]:
        """Counts a start of each; returns whether it may be made."""
        self._counts.update(keys)
        return [self._counts[key] <= STARTS for key in keys]


class Notes:
    """An actor beside the command: what the workers have to tell it.

    A worker's error that would come again ends the run; Ray Train would start the workers again and again.
    """

    def __init__(self) -> None:
        self._error: tuple[str, str] | None = None
        self._lost = 0

    def tell(self, kind: str, text: str) -> None:
        """Keeps the error that ends the run, the first one."""
        self._error = self._error or (kind, text)

    def error(self) -> tuple[str, str] | None:
        """Returns the kind and the text of the error that ends the run, or None."""
        return self._error

    def add_lost(self) -> None:
        """Counts a loss of workers."""
        self._lost += 1

    def lost(self) -> int:
        """Returns how often workers were lost."""
        return self._lost


def beside(actor: type) -> Any:
    """Returns an actor in the machine of this command, which it ends with."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(actor).options(num_cpus=0, scheduling_strategy=here).remote()


def may_begin(starts: Any, keys: Sequence[str]) -> list[bool]:
    """Returns of each piece of work whether fewer workers than `STARTS` were lost over it.

    Args:
      starts: the actor that counts; None where there is no cluster.
      keys: names of the work.
    """
    if starts is None:
        return [True] * len(keys)
    import ray

    return ray.get(starts.begun.remote(list(keys)))


def rows(
    actor: type, arguments: tuple[Any, ...], tables: Sequence[Any], workers: Workers, memory: int
) -> Iterator[dict[str, Any]]:
    """Gives work to a pool of actors of Ray Data, and returns the rows of their results as they come.

    The work of a lost worker is begun again by another one. Work that raises an error gives no rows.

    Args:
      actor: a class, whose instances take and return a batch, a dictionary of arrays.
      arguments: of its constructor.
      tables: pyarrow tables; each is handed out as a whole.
      workers: the pool.
      memory: bytes of each worker, for which Ray looks for room.

    Raises:
      WorkError: the workers cannot start.
    """
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    logger = logging.getLogger("ray.data")  # what it says stands in its file
    for handler in [h for h in logger.handlers if not isinstance(h, logging.FileHandler)]:
        if isinstance(handler, logging.StreamHandler):
            logger.removeHandler(handler)
    say_if_nothing_fits(workers, memory)
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1
    pool = ActorPoolStrategy(min_size=workers.least, max_size=workers.most, max_tasks_in_flight_per_actor=2)
    data = ray.data.from_arrow(list(tables)).map_batches(
        actor,
        fn_constructor_args=arguments,
        batch_size=None,
        compute=pool,
        num_cpus=workers.cpus,
        num_gpus=workers.gpus,
        memory=memory,
    )
    try:
        yield from data.iter_rows()
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[-1]
        raise WorkError(f"the workers failed: {reason}; Ray's logs say more") from error


def say_if_nothing_fits(workers: Workers, memory: int) -> None:
    """Writes a line where no machine has room for a worker yet, since Ray waits for one without a word.

    Args:
      workers: their CPUs and GPUs are read.
      memory: bytes of each.
    """
    import ray

    wanted = {"CPU": workers.cpus, "GPU": workers.gpus, "memory": memory}
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(all(machine.get(name, 0) >= value for name, value in wanted.items()) for machine in machines):
        return
    note(
        f"no machine has {workers.cpus:g} CPUs, {workers.gpus:g} GPUs and {memory / 1e9:.1f} GB yet: "
        "waiting for one (--cpus, --gpus and --max_memory are the size of a worker)"
    )


def _check_answers(address: str) -> None:
    """Checks that something listens at HOST:PORT, where Ray would go on trying for minutes."""
    found = re.fullmatch(r"\[?([^/]+?)\]?:(\d+)", address)
    if not found:
        return
    try:
        socket.create_connection((found[1], int(found[2])), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise UsageError(f"--address={address}: no cluster answers ({_line(error)})") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
