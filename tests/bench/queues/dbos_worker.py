"""DBOS Transact: ``python -m tests.bench.queues.dbos_worker DATABASE``, ten at a time, polling every 10 ms."""

from __future__ import annotations

import sys
import threading

from dbos import DBOS, DBOSClient


def configure(database: str) -> None:
    DBOS(
        config={
            "name": "bench",
            "system_database_url": database,
            "log_level": "ERROR",
            "application_version": "1",
        }
    )


@DBOS.workflow(name="noop")
def noop(number: int) -> int:
    return number


def fill(database: str, count: int) -> None:
    client = DBOSClient(system_database_url=database)
    for number in range(count):
        client.enqueue({"queue_name": "bench", "workflow_name": "noop", "app_version": "1"}, number)
    client.destroy()


if __name__ == "__main__":
    configure(sys.argv[1])
    if sys.argv[2:] == ["--create"]:
        DBOS.launch()
        DBOS.destroy()
    else:
        queue = DBOSClient(system_database_url=sys.argv[1])
        queue.register_queue("bench", worker_concurrency=10, polling_interval_sec=0.01, on_conflict="always_update")
        queue.destroy()
        DBOS.launch()
        threading.Event().wait()
