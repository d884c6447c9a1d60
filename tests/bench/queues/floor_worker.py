"""The floor: claim one, complete it, each a transaction, and nothing around: ``... floor_worker DATABASE``."""

from __future__ import annotations

import sqlite3
import sys
import time

import psycopg

_COLUMNS = (
    "state smallint NOT NULL DEFAULT 0, attempt integer NOT NULL DEFAULT 0, worker text, payload text, result text"
)
_CLAIM = (
    "UPDATE floor_job SET state = 1, attempt = attempt + 1, worker = 'w', lease_until = {time} "
    "WHERE id = (SELECT id FROM floor_job WHERE state = 0 ORDER BY id LIMIT 1 {lock}) RETURNING id, attempt, payload"
)
_COMPLETE = (
    "UPDATE floor_job SET state = 2, result = '{{}}', finished_at = {time}, lease_until = NULL "
    "WHERE id = {x} AND state = 1 AND attempt = {x}"
)


def connect(database: str) -> sqlite3.Connection | psycopg.Connection:
    if database.startswith("postgresql"):
        return psycopg.connect(database, autocommit=True, prepare_threshold=1)
    connection = sqlite3.connect(database, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def fill(database: str, count: int) -> None:
    connection = connect(database)
    is_server = isinstance(connection, psycopg.Connection)
    key = "bigserial PRIMARY KEY" if is_server else "integer PRIMARY KEY"
    moment = "timestamptz" if is_server else "real"
    connection.execute(f"CREATE TABLE floor_job (id {key}, lease_until {moment}, finished_at {moment}, {_COLUMNS})")
    connection.execute("CREATE INDEX floor_ready ON floor_job (id) WHERE state = 0")
    connection.execute("CREATE INDEX floor_open ON floor_job (state) WHERE state < 2")
    connection.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
        f"{count}) INSERT INTO floor_job (payload) SELECT 'x' FROM n"
    )
    connection.close()


def work(database: str) -> None:
    connection = connect(database)
    is_server = isinstance(connection, psycopg.Connection)
    words = {"time": "now()", "lock": "FOR UPDATE SKIP LOCKED", "x": "%s"} if is_server else {
        "time": "unixepoch('subsec')", "lock": "", "x": "?"
    }  # fmt: skip
    claim, complete = _CLAIM.format(**words), _COMPLETE.format(**words)
    while row := connection.execute(claim).fetchone():
        connection.execute(complete, (row[0], row[1]))
    time.sleep(60)


if __name__ == "__main__":
    work(sys.argv[1])
