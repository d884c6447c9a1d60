"""Where jobs are kept: in memory, in SQLite, in PostgreSQL."""
