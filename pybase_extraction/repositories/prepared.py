"""Statements that are compiled once, with the conversions of their parameters and columns.

SQLAlchemy finds a compiled statement again by a key that it makes anew from the whole expression at every execution,
and describes the columns of every result: for the few statements of a job's way that was half of the engine's CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]
_Convert = Callable[[Any], Any]


@dataclass(slots=True)
class Compiled:
    """What a statement is for one driver.

    Attributes:
        text: What the driver is given.
        is_positional: Whether its parameters are a tuple and not a dictionary.
        parameters: Name, default and conversion of each parameter.
        columns: Conversions of the columns that have one.
        returns_rows: Whether it answers with rows; psycopg makes an object for each column when it is asked for them.
    """

    text: str
    is_positional: bool
    parameters: Sequence[tuple[str, Any, _Convert | None]]
    columns: Sequence[tuple[int, _Convert]]
    returns_rows: bool

    def bind(self, given: Mapping[str, Any]) -> Any:
        """Convert parameters."""
        values = [
            (name, given.get(name, value) if convert is None else convert(given.get(name, value)))
            for name, value, convert in self.parameters
        ]
        return tuple([value for _, value in values]) if self.is_positional else dict(values)

    def read(self, rows: list[Row]) -> list[Row]:
        """Convert rows."""
        if not self.columns:
            return rows
        converted: list[Row] = []
        for row in rows:
            values = list(row)
            for index, convert in self.columns:
                if values[index] is not None:
                    values[index] = convert(values[index])
            converted.append(values)
        return converted


class Prepared:
    """One statement, compiled when a driver is given it first.

    Args:
        statement: What to run; its hints (``with_hint``) are written on SQLite too, where they name the index of a
            source (``INDEXED BY``).
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._compiled: dict[tuple[sa.Dialect, tuple[Any, ...]], Compiled] = {}

    def run(self, connection: sa.Connection, given: Mapping[str, Any]) -> list[Row]:
        """Run the statement and read all its rows."""
        compiled = self.compiled(connection)
        return compiled.read(_execute(connection, compiled.text, compiled.bind(given), returns=compiled.returns_rows))

    def run_plain(self, connection: sa.Connection, given: Mapping[str, Any]) -> list[Row]:
        """Run the statement and read its rows as the driver gives them."""
        compiled = self.compiled(connection)
        return _execute(connection, compiled.text, compiled.bind(given), returns=compiled.returns_rows)

    def run_many(self, connection: sa.Connection, given: Iterable[Mapping[str, Any]]) -> None:
        """Run the statement once for each set of parameters."""
        compiled = self.compiled(connection)
        _execute(connection, compiled.text, [compiled.bind(each) for each in given], many=True)

    def run_many_plain(self, connection: sa.Connection, given: list[Any]) -> None:
        """Run the statement once for each tuple of parameters, in the order of the columns and as the driver wants."""
        _execute(connection, self.compiled(connection).text, given, many=True)

    def compiled(self, connection: sa.Connection) -> Compiled:
        """Give what the statement is for a connection: a host's session may have another driver than the repository."""
        # a host may also rename schemas at run time
        renamed: Mapping[Any, Any] = connection.get_execution_options().get("schema_translate_map") or {}
        key = connection.dialect, tuple(renamed.items())
        found = self._compiled.get(key)
        if found is None:
            found = self._compiled[key] = _compile(self.statement, connection.dialect, renamed)
        return found


def _compile(statement: Any, dialect: sa.Dialect, renamed: Mapping[Any, Any]) -> Compiled:
    options: dict[str, Any] = {"schema_translate_map": renamed, "render_schema_translate": True} if renamed else {}
    compiled = _compiler(dialect)(dialect, statement, **options)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = (compiled.positiontup or []) if compiled.positional else list(binds)
    parameters = [
        (name, binds[name].effective_value, binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in names
    ]
    kinds = [column.type for column in getattr(statement, "exported_columns", ())]
    converts = [_converter(kind, dialect) for kind in kinds]
    columns = [(index, convert) for index, convert in enumerate(converts) if convert is not None]
    return Compiled(compiled.string, compiled.positional, parameters, columns, bool(kinds))


def _read_uuid(text: str) -> UUID:
    # SQLAlchemy writes 32 digits; UUID looks for hyphens and braces in what it is given as text
    return UUID(int=int(text, 16))


def _converter(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> _Convert | None:
    if isinstance(kind, sa.Uuid) and dialect.name == "sqlite":
        return _read_uuid
    convert: _Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    if convert is None or not isinstance(kind, sa.JSON):
        return convert
    parse = convert
    # options and metadata of most jobs are empty, and parsing is the dearest of all conversions
    return lambda value: {} if value == "{}" else parse(value)


BARE: Final = "pybase_extraction_bare"
"""Execution option of the library's own engines: statements go to the driver without events, echo or descriptions."""


def is_bare(connection: sa.Connection) -> bool:
    """Whether a connection is one of the library's own engines."""
    return BARE in connection.get_execution_options()


def _execute(
    connection: sa.Connection, text: str, parameters: Any, *, many: bool = False, returns: bool = False
) -> list[Row]:
    if is_bare(connection):
        return execute_bare(connection, text, parameters, many=many, returns=returns)
    result = connection.exec_driver_sql(text, parameters)
    return list(result.all()) if result.returns_rows else []


def execute_bare(
    connection: sa.Connection, text: str, parameters: Any = (), *, many: bool = False, returns: bool = False
) -> list[Row]:
    """Run a statement on the driver's cursor, and raise what SQLAlchemy would raise."""
    pooled, dialect = connection.connection, connection.dialect
    assert dialect.dbapi is not None
    cursor: Any = pooled.cursor()
    try:
        if many:
            cursor.executemany(text, parameters)
        else:
            cursor.execute(text, parameters)
        return cursor.fetchall() if returns else []
    except dialect.dbapi.Error as exc:
        is_lost = dialect.is_disconnect(exc, pooled.driver_connection, cursor)
        if is_lost:
            connection.invalidate(exc)
        base: Any = dialect.dbapi.Error
        raise DBAPIError.instance(
            text, None, exc, base, hide_parameters=True, connection_invalidated=is_lost, dialect=dialect
        ) from exc
    finally:
        cursor.close()


def _compiler(dialect: sa.Dialect) -> type[SQLCompiler]:
    """Give the compiler of a dialect, or one that writes hints where SQLAlchemy has none."""
    if dialect.name != "sqlite":
        return dialect.statement_compiler

    class Hinting(dialect.statement_compiler):  # type: ignore[misc, name-defined]  # the class is known at run time
        def get_from_hint_text(self, table: sa.FromClause, text: str | None) -> str | None:
            del table
            return text

    return Hinting
