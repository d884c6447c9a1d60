"""The one place that reads environment variables.

``PYBASE_EXTRACTION_ALLOW``, ``PYBASE_EXTRACTION_BLOCK``
    Comma-separated names of plugins (entry points) to load only, or not to load.
``PYBASE_EXTRACTION_TRACE``
    ``1`` writes a line for every hook call to standard error, children included; no contents, no secrets.
``PYBASE_EXTRACTION_HOME``
    Folder for the default database and storage; ``pybase-data`` in the current folder otherwise.
``PYBASE_EXTRACTION_DB``
    Address of the database, for example ``postgresql+psycopg://...``.
``PYBASE_EXTRACTION_STORAGE``
    Where files are kept: a folder, or ``s3://bucket/prefix``.
``PYBASE_EXTRACTION_CREDENTIAL_<SERVICE>``
    Secret of a network service, for example ``PYBASE_EXTRACTION_CREDENTIAL_WERK24``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_CREDENTIAL = "PYBASE_EXTRACTION_CREDENTIAL_"
_FOR_HOSTS = frozenset(
    {
        *("PYBASE_EXTRACTION_DB", "PYBASE_EXTRACTION_STORAGE", "PGPASSWORD"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    }
)
"""What opens the database and the storage, which no extractor touches."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
"""Variables by which native libraries are told how many threads to start."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Settings from the process environment; None where a variable is not set."""

    allow: frozenset[str] | None = None
    block: frozenset[str] = frozenset()
    trace: bool = False
    home: Path | None = None
    database: str | None = None
    storage: str | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_environment() -> Environment:
    """Read the variables as they are now."""
    home = os.environ.get("PYBASE_EXTRACTION_HOME")
    return Environment(
        allow=_names("PYBASE_EXTRACTION_ALLOW"),
        block=_names("PYBASE_EXTRACTION_BLOCK") or frozenset(),
        trace=os.environ.get("PYBASE_EXTRACTION_TRACE", "") not in {"", "0"},
        home=Path(home) if home else None,
        database=os.environ.get("PYBASE_EXTRACTION_DB") or None,
        storage=os.environ.get("PYBASE_EXTRACTION_STORAGE") or None,
        credentials={
            name.removeprefix(_CREDENTIAL).lower(): value
            for name, value in os.environ.items()
            if name.startswith(_CREDENTIAL) and value
        },
    )


def child_environment(processors: int | None = None) -> dict[str, str]:
    """The variables for a process that reads files of strangers: without what opens database, storage and services.

    A service's secret reaches its extractor with the attempt.

    Args:
        processors: Threads that native libraries may start for one piece of work; what the host's variables, or the
            libraries, say when None.
    """
    threads = {} if processors is None else dict.fromkeys(_THREADS, str(processors))
    kept = {
        name: value for name, value in os.environ.items() if name not in _FOR_HOSTS and not name.startswith(_CREDENTIAL)
    }
    return kept | threads


def _names(variable: str) -> frozenset[str] | None:
    value = os.environ.get(variable)
    if value is None:
        return None
    return frozenset(name.strip() for name in value.split(",") if name.strip())
