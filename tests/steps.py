"""How much SQLite does: the same wherever it is measured, as times are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa


def steps_of(connection: sa.Connection, operation: Callable[[], Any]) -> int:
    """Count the instructions of SQLite's machine that an operation takes on a connection."""
    driver: Any = connection.connection.driver_connection
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    driver.set_progress_handler(count, 1)
    try:
        operation()
    finally:
        driver.set_progress_handler(None, 1)
    return steps
