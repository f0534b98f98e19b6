"""Kill workers, the driver and a node of a run on a Ray cluster; check that nothing is lost and nothing is doubled.

`tests/break_it.py` calls this. The cluster has a head without room for workers and two nodes for them, in a process of
its own: a process that uses Ray cannot be forked, and the drivers are forked from this one.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from time import sleep
from typing import Any

from harness.runs import pipeline
from tests import break_it

# Seconds that each output takes in a worker.
_EACH = 0.03
_NODES = 2
_OBJECT_STORE = 100 * 2**20  # bytes
_TRIES = 4


def slow_workers() -> None:
    """Make each output of this worker process take some time; Ray calls it when a worker starts."""
    break_it.slowed(_EACH)


def run(config: Path, results: Path, address: str) -> pipeline.Outcome:
    """Run a config on the cluster in this process."""
    import ray

    hook = f"{__name__}.slow_workers"
    ray.init(address, log_to_driver=False, configure_logging=False, runtime_env={"worker_process_setup_hook": hook})
    return break_it.run(config, results)


def kill_on_a_cluster(folder: Path, *, rounds: int, seed: int) -> dict[str, int]:
    """Start a run that many times, and kill a worker, the driver or a node. Return how many of each were killed.

    A run whose workers or node were killed must end well by itself; one whose driver was killed, the next time.
    """
    draw = random.Random(seed)
    sound, _ = break_it.undisturbed(folder)
    config = break_it.write_config(folder, break_it.CONFIG + "executor: {name: ray, workers: 2}\n")
    results = folder / "results"
    killed = {"worker": 0, "driver": 0, "node": 0}
    with cluster() as (address, ask):
        for number in range(rounds):
            kind = ("worker", "driver", "node")[number % 3]
            driver = break_it.started(partial(run, config, results, address))
            wanted = draw.randint(1, break_it.OUTPUTS - 10)
            while (
                break_it._stored(results) < wanted
                and os.waitid(os.P_PID, driver, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
            ):
                sleep(0.02)
            victims = [driver] if kind == "driver" else ask("workers") if kind == "worker" else []
            if kind == "node":
                ask("kill a node")
            elif victims:
                with suppress(ProcessLookupError):
                    os.kill(draw.choice(victims), signal.SIGKILL)
            killed[kind] += kind == "node" or bool(victims)
            code = break_it.ended(driver)
            if kind == "driver" and code:
                break_it.run(break_it.write_config(folder), results)  # on this machine: the store is the same
            else:
                assert code == 0, (kind, code)
            break_it.check(results, sound)
            config = break_it.write_config(folder, break_it.CONFIG + "executor: {name: ray, workers: 2}\n")
            if kind == "node":
                ask("add a node")
            for path in results.glob("store.sqlite*"):
                path.unlink()
            for path in results.glob("broken-*/outputs/*/*.jsonl"):
                path.unlink()
    return killed


@contextmanager
def cluster() -> Iterator[tuple[str, Any]]:
    """Start a cluster in a process of its own; yield its address, and a function that sends it a command."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_host, args=(there,))
    process.start()

    def ask(command: str) -> Any:
        here.send(command)
        answer = here.recv()
        assert not isinstance(answer, Exception), answer
        return answer

    try:
        yield here.recv(), ask
    finally:
        with suppress(BrokenPipeError):
            here.send("end")
        process.join(30)
        process.kill()


def _host(pipe: Connection) -> None:
    """Start a cluster and do what the other process asks for."""
    os.environ.update(RAY_USAGE_STATS_ENABLED="0")
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": _OBJECT_STORE, "include_dashboard": False}
    of_cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = [_added(of_cluster) for _ in range(_NODES)]
    pipe.send(of_cluster.address)
    try:
        while (command := pipe.recv()) != "end":
            try:
                pipe.send(_answer(command, of_cluster, nodes))
            except Exception as error:
                pipe.send(error)
    finally:
        of_cluster.shutdown()


def _added(of_cluster: Any) -> Any:
    """Add a node. On a busy machine it may take longer to start than Ray waits: then try again."""
    for _ in range(_TRIES):
        with suppress(Exception):
            return of_cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE)
    return of_cluster.add_node(num_cpus=1, object_store_memory=_OBJECT_STORE)


def _answer(command: str, of_cluster: Any, nodes: list[Any]) -> Any:
    if command == "add a node":
        nodes.append(_added(of_cluster))
        return None
    if command == "kill a node":
        of_cluster.remove_node(nodes.pop(0), allow_graceful=False)
        return None
    raylets = {each.process.pid for node in nodes for each in node.all_processes["raylet"]}
    return [pid for pid, parent, title in _processes() if parent in raylets and title.startswith("ray::RemoteWorker")]


def _processes() -> Iterator[tuple[int, int, str]]:
    """Yield the id, the parent's id and the title of each process on this machine."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            title = (folder / "cmdline").read_bytes().split(b"\0")[0].decode("utf-8", "replace")
            parent = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
            yield int(folder.name), int(parent), title
