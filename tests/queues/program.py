"""A host's Celery application, as its own workers and the tests import it."""

from __future__ import annotations

import os

from celery import Celery

from pybase_extraction.integrations.celery import install
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.runners.celery import CeleryRunner
from pybase_extraction.runners.process import ProcessPoolRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.worker import WorkerSettings


def make_app(broker: str) -> Celery:
    return Celery("tests", broker=broker, set_as_current=False)


def make(app: Celery, database: str, storage: str) -> ExtractionManager:
    repository = SqlJobRepository(database)
    return ExtractionManager(
        repository,
        LocalStorage(storage),
        runner=ProcessPoolRunner(2),
        dispatcher=CeleryRunner(app, repository=repository, queue_of=lambda job: f"format.{job.format}"),
        settings=WorkerSettings(maintain_s=0.3, redispatch_after_s=2, grace_s=2),
    )


if "TEST_BROKER" in os.environ:
    app = make_app(os.environ["TEST_BROKER"])
    install(app, lambda: make(app, os.environ["TEST_DATABASE"], os.environ["TEST_STORAGE"]))
