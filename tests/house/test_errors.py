"""Every error is drawn in the tree, has a code of its own, and survives pickling with its facts."""

from __future__ import annotations

import inspect
import pickle

import pytest

from pybase_extraction import errors


def subclasses(cls: type) -> list[type]:
    return [cls, *(found for child in cls.__subclasses__() for found in subclasses(child))]


ALL = [cls for cls in subclasses(errors.ExtractionError) if cls.__module__ == errors.__name__]


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_an_error_survives_pickling_with_its_facts(cls: type[errors.ExtractionError]) -> None:
    facts = {
        name: f"the {name}"
        for name, parameter in inspect.signature(cls.__init__).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    error = cls("It is broken.", **facts)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is cls
    assert str(again) == "It is broken. the remedy"
    assert {name: getattr(again, name) for name in facts} == facts


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_an_error_is_drawn_in_the_tree_and_documented(cls: type[errors.ExtractionError]) -> None:
    assert cls.__name__ in (errors.__doc__ or "")
    assert cls.__doc__


RELEASED_CODES = [
    "authentication", "cancelled", "corrupted_file", "credits_exhausted", "database_busy", "deadline_exceeded",
    "empty_file", "encrypted_file", "extraction_error", "file_too_large", "forbidden_address", "format_mismatch",
    "invalid_options", "job_error", "job_not_found", "job_state", "lease_lost", "limit_exceeded",
    "memory_limit_exceeded", "missing_dependency", "missing_plugin", "object_not_found", "permission_denied",
    "plugin_error", "plugin_load", "rate_limited", "repository_error", "result_too_large", "schema_outdated",
    "service_error", "service_unavailable", "source_error", "source_not_found", "source_unreadable", "storage_error",
    "temporary_failure", "transient", "unsupported_format", "worker_crashed",
]  # fmt: skip


def test_a_code_that_was_released_stays() -> None:
    """Hosts compare them: a code is added, never renamed or removed."""
    assert set(RELEASED_CODES) <= {cls.code for cls in ALL}


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in ALL]
    assert len(codes) == len(set(codes))


def test_an_error_can_be_caught_as_its_standard_class() -> None:
    assert issubclass(errors.SourceNotFoundError, FileNotFoundError)
    assert issubclass(errors.DeadlineExceededError, TimeoutError)
    assert issubclass(errors.OptionsError, ValueError)
