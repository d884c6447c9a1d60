"""dramatiq on a server that speaks Redis' protocol: ``dramatiq tests.bench.queues.dramatiq_worker -p 1 -t 10``."""

from __future__ import annotations

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

URL = os.environ["BENCH_REDIS"]
broker = RedisBroker(url=f"{URL}/0")
broker.add_middleware(Results(backend=RedisBackend(url=f"{URL}/1")))
dramatiq.set_broker(broker)


@dramatiq.actor(actor_name="noop", queue_name="bench", store_results=True)
def noop(number: int) -> int:
    return number
