"""A Celery application whose extractor sleeps, in the worker's own process, so that killing the worker kills it too."""

from __future__ import annotations

import os

from celery import Celery

from pybase_extraction.integrations.celery import install
from pybase_extraction.manager import ExtractionManager
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.retry import RetryPolicy
from pybase_extraction.runners.celery import CeleryRunner
from pybase_extraction.runners.thread import ThreadPoolRunner
from pybase_extraction.storage.local import LocalStorage
from pybase_extraction.testing.fakes import FAKES
from pybase_extraction.worker import WorkerSettings


def make(app: Celery, database: str, storage: str) -> ExtractionManager:
    return ExtractionManager(
        SqlJobRepository(database),
        LocalStorage(storage),
        runner=ThreadPoolRunner(4),
        registry=ExtractorRegistry.discover(allow=[], plugins=[FAKES]),
        retry=RetryPolicy(base_s=0.05, jitter=0, max_retries=1000, max_crashes=1000),
        dispatcher=CeleryRunner(app),
        settings=WorkerSettings(lease_s=1.5, maintain_s=0.3, redispatch_after_s=1.5, grace_s=2),
    )


if "TEST_BROKER" in os.environ:
    app = Celery("tests", broker=os.environ["TEST_BROKER"], set_as_current=False)
    install(app, lambda: make(app, os.environ["TEST_DATABASE"], os.environ["TEST_STORAGE"]))
