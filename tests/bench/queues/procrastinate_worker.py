"""procrastinate: ``python -m tests.bench.queues.procrastinate_worker DATABASE``."""

from __future__ import annotations

import sys

import procrastinate


def make(database: str, connector: type) -> tuple[procrastinate.App, procrastinate.tasks.Task]:
    sizes = {"min_size": 10, "max_size": 12} if connector is procrastinate.PsycopgConnector else {}
    app = procrastinate.App(connector=connector(conninfo=database, **sizes))

    @app.task(name="noop", queue="bench")
    async def noop(number: int) -> int:
        return number

    return app, noop


def fill(database: str, count: int) -> None:
    app, noop = make(database, procrastinate.SyncPsycopgConnector)
    with app.open():
        app.schema_manager.apply_schema()
        noop.batch_defer(*[{"number": number} for number in range(count)])


if __name__ == "__main__":
    made, _ = make(sys.argv[1], procrastinate.PsycopgConnector)
    made.run_worker(queues=["bench"], concurrency=10)
