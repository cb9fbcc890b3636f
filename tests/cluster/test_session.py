"""The pool of actors: work that ends its workers again and again is given up, and the rest is done."""

import os
import signal

import numpy as np
import pyarrow
import pytest

from srgan_tf.cluster.session import STARTS, Starts, Workers, beside, connected, may_begin, rows
from srgan_tf.errors import WorkError


class Deadly:
    """An actor that 3 and 5 are the end of."""

    def __init__(self, starts, log):
        self.starts, self.log = starts, log

    def __call__(self, batch):
        (number,) = batch["number"]
        may = may_begin(self.starts, [str(number)])
        with self.log.open("a") as log:
            log.write(f"{number} {may[0]}\n")
        if number in (3, 5) and may[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 6:
            raise ValueError("six")
        return {"number": np.array([number]), "done": np.array(may)}


class Broken:
    """An actor that does not start."""

    def __init__(self):
        raise ModuleNotFoundError("there is no such module here")

    def __call__(self, batch):
        return batch


def test_work_that_ends_its_workers_is_given_up_and_workers_that_do_not_start_are_an_error(nodes, tmp_path):
    log = tmp_path / "log"
    with connected(nodes.address):
        tables = [pyarrow.table({"number": [i]}) for i in range(8)]
        found = list(rows(Deadly, (beside(Starts), log), tables, Workers(1, 2), 10**8))
        with pytest.raises(WorkError, match=r"the workers failed: .*there is no such module here"):
            list(rows(Broken, (), tables, Workers(1, 2), 10**8))
    assert {row["number"]: row["done"] for row in found} == {i: i not in (3, 5) for i in range(8) if i != 6}
    lines = log.read_text().splitlines()
    for deadly in (3, 5):
        assert lines.count(f"{deadly} True") == STARTS
        assert lines.count(f"{deadly} False") == 1
