"""Celery with a task that does nothing and keeps its result, and with this library's task whose runner does nothing.

    celery -A tests.bench.queues.celery_worker:ours worker --pool threads --concurrency 10

``bare`` keeps the results of its tasks in the database of the jobs, ``volatile`` in the memory of the broker.
BENCH_BROKER and BENCH_DATABASE name the two.
"""

from __future__ import annotations

import os

from celery import Celery

from pybase_extraction.integrations.celery import install
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.celery import CeleryRunner
from pybase_extraction.storage.local import LocalStorage
from tests.bench.queues.ours import Nothing

BROKER, DATABASE = os.environ["BENCH_BROKER"], os.environ["BENCH_DATABASE"]
RESULTS = {"bare": DATABASE.replace("postgresql://", "db+postgresql+psycopg://"), "volatile": BROKER}


def do_nothing(number: int) -> dict[str, int]:
    return {"number": number}


def make_bare(name: str) -> Celery:
    app = Celery(name, broker=BROKER, backend=RESULTS[name], set_as_current=False)
    app.conf.task_default_queue = name
    app.conf.task_acks_late = True  # as ours: a worker that dies loses no message
    app.task(name="bench.nothing", shared=False)(do_nothing)
    return app


bare, volatile = make_bare("bare"), make_bare("volatile")
ours = Celery("ours", broker=BROKER, set_as_current=False)
ours.conf.task_default_queue = "ours"


def make_manager() -> ExtractionManager:
    return ExtractionManager(
        SqlJobRepository(DATABASE),
        LocalStorage(os.environ["BENCH_STORAGE"]),
        registry=ExtractorRegistry.discover(allow=[], plugins=["tests.bench.queues.ours"]),
        runner=Nothing(10),
        dispatcher=CeleryRunner(ours),
    )


install(ours, make_manager)
