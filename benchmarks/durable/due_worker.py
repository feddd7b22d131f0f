"""A worker's process: ``python -m benchmarks.durable.due_worker MODULE URL WORKER WORKERS``."""

from __future__ import annotations

import importlib
import sys

from benchmarks.durable.due_contest import Gate, Queue


def main(module: str, url: str, worker: str, workers: str) -> None:
    """Do the work of one of so many workers."""
    queue: Queue = importlib.import_module(module).make(url, int(worker), int(workers))
    queue.work(Gate())


if __name__ == "__main__":
    main(*sys.argv[1:])
