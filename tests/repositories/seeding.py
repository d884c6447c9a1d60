"""Many rows at once: a table as it looks after a year."""

from __future__ import annotations

import sqlalchemy as sa

_POSTGRESQL = """
INSERT INTO extraction_jobs (id, lane, format, filename, options_hash, status, owner_id, attempt, next_retry_at,
    leased_by, lease_expires_at, created_at, started_at, completed_at, updated_at, file_url, content_sha256)
SELECT gen_random_uuid(), 'O' || (i % :owners) || E'\\x1fpdf\\x1f', 'pdf', i || '.pdf', 'h', s, 'O' || (i % :owners),
    CASE s WHEN 'pending' THEN 0 ELSE 1 END,
    CASE WHEN s = 'pending' AND i % 20 >= 4 THEN now() + interval '1 day' + i * interval '1 s' END,
    CASE WHEN s = 'processing' THEN 'w' || i % 10 END, CASE WHEN s = 'processing' THEN now() + interval '1 day' END,
    now() - interval '30 days' + ((SELECT count(*) FROM extraction_jobs) + i) * interval '1 s', NULL,
    CASE WHEN s = 'completed' THEN now() END, now(),
    's3://bucket/' || i, md5(i::text)
FROM (SELECT i, CASE WHEN i % 20 < 8 THEN 'pending' WHEN i % 2000 = 9 AND i < 20000
          AND NOT EXISTS (SELECT 1 FROM extraction_jobs) THEN 'processing'
      WHEN i % 20 < 18 THEN 'completed' WHEN i % 20 = 18 THEN 'failed' ELSE 'cancelled' END AS s
      FROM generate_series(1, :rows) AS i) AS r
"""
_SQLITE = """
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows),
r AS (SELECT i, CASE WHEN i % 20 < 8 THEN 'pending' WHEN i % 2000 = 9 AND i < 20000
          AND NOT EXISTS (SELECT 1 FROM extraction_jobs) THEN 'processing'
      WHEN i % 20 < 18 THEN 'completed' WHEN i % 20 = 18 THEN 'failed' ELSE 'cancelled' END AS s FROM n),
t (now, there) AS (SELECT CAST(strftime('%s') AS INTEGER) * 1000000, (SELECT count(*) FROM extraction_jobs))
INSERT INTO extraction_jobs (id, lane, format, filename, options_hash, status, owner_id, attempt, next_retry_at,
    leased_by, lease_expires_at, created_at, completed_at, updated_at, file_url, content_sha256)
SELECT lower(hex(randomblob(16))), 'O' || (i % :owners) || char(31) || 'pdf' || char(31), 'pdf', i || '.pdf', 'h', s,
    'O' || (i % :owners), CASE s WHEN 'pending' THEN 0 ELSE 1 END,
    CASE WHEN s = 'pending' AND i % 20 >= 4 THEN now + 86400000000 + i * 1000000 END,
    CASE WHEN s = 'processing' THEN 'w' || i % 10 END, CASE WHEN s = 'processing' THEN now + 86400000000 END,
    now - 2592000000000 + (there + i) * 1000000, CASE WHEN s = 'completed' THEN now END, now,
    's3://bucket/' || i, hex(i)
FROM r, t
"""


def seed(connection: sa.Connection, rows: int, *, owners: int = 7) -> None:
    """Fill the table, newer rows behind older ones: a fifth ready, a fifth scheduled, the rest ended or running."""
    text = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    connection.execute(sa.text(text), {"rows": rows, "owners": owners})
