"""Extractors let the collector of circular garbage rest; afterwards it is as it was."""

from __future__ import annotations

import gc
import threading
import weakref

from pybase_extraction.extractor import without_collection


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_the_collector_rests_and_goes_on() -> None:
    assert gc.isenabled()
    with without_collection():
        assert not gc.isenabled()
        with without_collection():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_rests_until_the_last_of_two_threads_has_left() -> None:
    entered, leave = threading.Event(), threading.Event()

    def work() -> None:
        with without_collection():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=work)
    with without_collection():
        other.start()
        assert entered.wait(10)
    assert not gc.isenabled()
    leave.set()
    other.join()
    assert gc.isenabled()


def test_circles_that_were_made_meanwhile_are_found_afterwards() -> None:
    with without_collection():
        circle = weakref.ref(Circle())
    gc.collect()
    assert circle() is None
