"""Joining the caller's unit of work: its session or connection, and what happens once it has committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from pybase_extraction.repositories.connections import answered

if TYPE_CHECKING:
    from pybase_extraction.repositories.base import HostSession

T = TypeVar("T")

_KEY: Final = "pybase_extraction.after_commit"


async def run_in(session: HostSession, table: sa.Table, operation: Callable[[sa.Connection], T]) -> T:
    """Run an operation on the connection of the caller's transaction, after what its session has pending.

    Args:
        session: The caller's; a synchronous one blocks the calling thread, as its other uses do.
        table: Finds the engine of a session that has several.
        operation: What to run.

    Raises:
        RepositoryError: The database does not answer.
    """
    with answered():
        if isinstance(session, AsyncSession):
            return await session.run_sync(lambda inner: operation(_begun(_connection(inner, table))))
        if isinstance(session, AsyncConnection):
            return await session.run_sync(lambda inner: operation(_begun(inner)))
        return operation(_begun(_connection(session, table) if isinstance(session, Session) else session))


def _begun(connection: sa.Connection) -> sa.Connection:
    """The connection in a transaction: Python's sqlite3 begins none for a statement that starts with WITH."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN")
    return connection


def _connection(session: Session, table: sa.Table) -> sa.Connection:
    session.flush()  # the owner's row may be pending, and the job refers to it
    return session.connection(bind_arguments={"clause": table})


@dataclass(frozen=True, slots=True)
class _Pending:
    transaction: SessionTransaction | None
    callback: Callable[[], None]

    def is_within(self, transaction: SessionTransaction) -> bool:
        inner = self.transaction
        while inner is not None and inner is not transaction:
            inner = inner.parent
        return inner is not None


def after_commit(session: HostSession, callback: Callable[[], None]) -> bool:
    """Call back once after the outermost commit, and never if the transaction or its savepoint is rolled back.

    Returns:
        False for a bare connection, which does not say when it has committed.
    """
    if not isinstance(session, AsyncSession | Session):
        return False
    inner = session.sync_session if isinstance(session, AsyncSession) else session
    if _KEY not in inner.info:
        inner.info[_KEY] = []
        sa.event.listen(inner, "after_commit", _committed)
        sa.event.listen(inner, "after_soft_rollback", _rolled_back)
    inner.info[_KEY].append(_Pending(inner.get_nested_transaction() or inner.get_transaction(), callback))
    return True


def _committed(session: Session) -> None:
    if session.in_nested_transaction():  # a savepoint was released: nothing is durable yet
        return
    pending: list[_Pending] = session.info[_KEY]
    session.info[_KEY] = []
    for each in pending:
        each.callback()


def _rolled_back(session: Session, previous: Any) -> None:
    session.info[_KEY] = [each for each in session.info[_KEY] if not each.is_within(previous)]
