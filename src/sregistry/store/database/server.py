"""Waiting for a PostgreSQL server: who holds what a statement waits for.

Source: PostgreSQL's documentation, "pg_blocking_pids" and "pg_stat_activity".
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sregistry.store.database.location import Location

_BLOCKING = """
SELECT activity.pid, activity.application_name, activity.usename, host(activity.client_addr), activity.state
FROM pg_stat_activity AS activity
WHERE activity.pid = ANY(pg_blocking_pids(%s)) ORDER BY activity.xact_start LIMIT 1
"""
_CONNECT_TIMEOUT = 2


def holder(location: Location, pid: int) -> dict[str, Any] | None:
    """Who blocks the server process `pid`: ``{pid, command, user, client, state}``; None where nobody is seen."""
    import psycopg

    url = str(location.url).replace("postgresql+psycopg://", "postgresql://", 1)
    with closing(psycopg.connect(url, connect_timeout=_CONNECT_TIMEOUT, autocommit=True)) as connection:
        row = connection.execute(_BLOCKING, (pid,)).fetchone()
    if row is None:
        return None
    names = ("pid", "command", "user", "client", "state")
    return {name: value for name, value in zip(names, row, strict=True) if value}


def words(found: dict[str, Any] | None) -> str:
    """A holder for people: ``a session of ada (psql) at 10.0.0.7, server process 77``."""
    if found is None:
        return "somebody"
    about = f" ({found['command']})" if found.get("command") else ""
    where = f" at {found['client']}" if found.get("client") else ""
    return f"a session of {found.get('user', 'somebody')}{about}{where}, server process {found['pid']},"
