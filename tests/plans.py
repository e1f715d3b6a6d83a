"""What a database means to do for a query: which indexes it uses, which tables it reads as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

# An index of the rows under way alone: reading all of it is reading what there is to do.
SMALL_INDEXES = frozenset({"operations_active", "operations_waiting", "one_running_operation_per_project"})
_SQLITE = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+)| USING .*PRIMARY KEY)?"
)
_ALIAS = re.compile(r'"(\w+)" ([A-Z]\d+)\b')


@dataclass(frozen=True)
class Plan:
    """`indexes` are those it uses, `scans` the tables of which it reads every row or every index entry."""

    sql: str
    indexes: tuple[str, ...]
    scans: tuple[str, ...]


def plan_of(sql: str) -> Plan:
    """Of a query with its values in it, as Django logs them."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
            steps = [*_sqlite_steps([row[3] for row in cursor.fetchall()])]
        else:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}".replace("%", "%%"))
            (document,) = cursor.fetchone()
            plan = json.loads(document) if isinstance(document, str) else document
            steps = [*_postgresql_steps(plan[0]["Plan"])]
    names = _aliases(sql)
    return Plan(
        sql=sql,
        indexes=tuple(dict.fromkeys(index for _, index, _ in steps if index)),
        scans=tuple(dict.fromkeys(names.get(table, table) for table, _, whole in steps if whole)),
    )


def plans_of(queries: list[dict[str, str]], *tables: str) -> list[Plan]:
    """Of each captured SELECT that reads one of the tables; scans of others do not count."""
    wanted = [f'"{table}"' for table in tables]
    found = [query["sql"] for query in queries]
    plans = [
        plan_of(sql)
        for sql in found
        if sql.lstrip().startswith(("SELECT", "WITH"))
        and any(name in sql or f"FROM {name.strip(chr(34))} " in sql for name in wanted)
    ]
    return [replace(plan, scans=tuple(table for table in plan.scans if table in tables)) for plan in plans]


def _sqlite_steps(lines: list[str]) -> Iterator[tuple[str, str, bool]]:
    for line in lines:
        if found := _SQLITE.match(line):
            index = found["index"] or ""
            yield found["table"], index, found["how"] == "SCAN" and index not in SMALL_INDEXES


def _postgresql_steps(node: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    kind, index = node["Node Type"], node.get("Index Name", "")
    if kind == "Seq Scan":
        yield node["Relation Name"], "", True
    elif index:
        # Rows asked for by their keys: a planner may read a table this small along any index instead.
        condition = node.get("Filter", "")
        by_keys = "(id = ANY" in condition and " OR " not in condition
        bounded = "Index Cond" in node or by_keys or index in SMALL_INDEXES
        yield node.get("Relation Name", ""), index, not bounded
    for child in node.get("Plans", ()):
        yield from _postgresql_steps(child)


def _aliases(sql: str) -> dict[str, str]:
    """Tables by the names a query gives them."""
    return {alias: table for table, alias in _ALIAS.findall(sql)}
