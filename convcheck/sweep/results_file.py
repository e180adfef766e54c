"""The SQLite file that holds a sweep: its cases, and each result as it comes.

Killed at any moment it holds whole batches: what was written is there once, and nothing else is.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.sweep.results import CaseResult, Row, Smallest
from convcheck.sweep.stored import Found, json_of, request_of, result_of, row_of
from convcheck.testing.written import as_data
from convcheck.untrusted.text import clean
from convcheck.untrusted.typed import typed

SCHEMA = "convcheck.results/1"
_META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)"
_TABLES = (
    _META,
    "CREATE TABLE cases (number INTEGER PRIMARY KEY, request TEXT NOT NULL)",
    "CREATE TABLE results (number INTEGER PRIMARY KEY REFERENCES cases, verdict TEXT NOT NULL, "
    "found TEXT NOT NULL)",
    "CREATE TABLE rows (number INTEGER REFERENCES cases, implementation TEXT NOT NULL, "
    "status TEXT NOT NULL, digest TEXT, over_bound REAL, message TEXT, "
    "PRIMARY KEY (number, implementation))",
    "CREATE TABLE shrunk (implementation TEXT, cause TEXT, request TEXT, tried INTEGER, "
    "PRIMARY KEY (implementation, cause))",
)
IN_MEMORY = ":memory:"
_LINES = 1_000
"""Cases that are read at a time."""
_LONGEST = 16 << 20
"""Bytes of one value: a hostile file may hold a gigabyte. Far beyond what is ever written."""
_LENGTH_LIMIT = 0
"""SQLITE_LIMIT_LENGTH, which Python names from 3.11 on, with ``setlimit``."""
_STOPPED = (sqlite3.Error, OverflowError, UnicodeError)
"""What sqlite3 raises of a file that is broken, or of a disk that is full."""


class ResultsFile:
    """An open file; a context manager that closes it.

    Raises UsageError for a file that is none, or of another schema.
    """

    def __init__(self, path: str, *, new: bool) -> None:
        """``new`` makes it where it is not there."""
        self.path = path
        self._connection: sqlite3.Connection | None = None
        try:
            self._open(new=new)
        except (*_STOPPED, OSError) as error:
            self.__exit__()
            words = clean(error)
            raise UsageError(f"{self._shown} holds no results of a sweep: {words}") from error
        except BaseException:
            self.__exit__()
            raise

    def _open(self, *, new: bool) -> None:
        there = self.path != IN_MEMORY and os.path.lexists(self.path)
        if there and not Path(self.path).is_file():
            raise UsageError(f"{self._shown} is no file")
        if not (there or new):
            raise UsageError(f"there is no {self._shown}; run the sweep with --results first")
        self._connection = _connected(self.path, new=new)
        if there and Path(self.path).stat().st_size:
            self._check_tables()
            return
        if not new:
            raise UsageError(f"{self._shown} holds no results of a sweep: it is empty")
        with self._transaction():
            if self._execute("SELECT 1 FROM sqlite_master"):  # another sweep was quicker
                self._check_tables()
                return
            for table in _TABLES:
                self._execute(table)
            self._set("schema", SCHEMA)

    def _check_tables(self) -> None:
        """Only what we made ourselves: a foreign view or trigger would run what it says."""
        known = {sql for (sql,) in self._execute("SELECT sql FROM sqlite_master") if sql}
        if _META not in known:
            raise UsageError(f"{self._shown} holds no results of a sweep")
        schema = self._get("schema")
        if schema != SCHEMA or known != set(_TABLES):
            raise UsageError(
                f"{self._shown} is of schema {clean(schema, 60)}, and this convcheck reads "
                f"{SCHEMA}; choose another --results"
            )

    @property
    def is_temporary(self) -> bool:
        """Whether it is gone with this process."""
        return self.path == IN_MEMORY

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    @property
    def _shown(self) -> str:
        return clean(self.path, 200)

    # What was asked for, and by what it is computed

    def _execute(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows. Raises UsageError for a broken file, and where nothing can be written."""
        assert self._connection is not None
        try:
            return self._connection.execute(query, values).fetchall()
        except _STOPPED as error:
            raise UsageError(f"{self._shown}: {clean(error)}") from error

    def _get(self, key: str) -> str | None:
        found = self._execute("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def _set(self, key: str, value: str) -> None:
        self._execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def note(self, key: str, value: Any) -> None:
        """Keep a value by this name."""
        self._set(key, json.dumps(value))

    def noted(self, key: str, kind: Any) -> Any:
        """The value by this name, which is of this type; None where there is none."""
        text = self._get(key)
        what = f"{self._shown}: {key}"
        return None if text is None else typed(json_of(text, what), kind, what)

    # Cases

    def add_cases(self, requests: Iterable[Request], notes: Mapping[str, Any]) -> bool:
        """Number these cases from 1 on and keep the notes, all of it or nothing.

        Whether it was done: not where another sweep has filled the file meanwhile.
        """
        with self._transaction():
            if self.has_cases:
                return False
            for key, value in notes.items():
                self.note(key, value)
            for number, request in enumerate(requests, 1):
                text = json.dumps(as_data(request))
                self._execute("INSERT INTO cases VALUES (?, ?)", (number, text))
            self._set("complete", "true")
        return True

    @property
    def has_cases(self) -> bool:
        """Whether all its cases are in it."""
        return self._get("complete") is not None

    def case(self, number: int) -> Request:
        """Raises UsageError where there is no such case."""
        query = "SELECT request FROM cases WHERE number = ?"
        found = self._execute(query, (number,))
        if not found:
            raise UsageError(f"{self._shown} has no case {number}; it has {self.total}")
        return request_of(found[0][0], self._case(number))

    def cases(self, *, pending: bool = False) -> Iterator[tuple[int, Request]]:
        """Yield each with its number; of ``pending`` those without a result."""
        which = "AND number NOT IN (SELECT number FROM results) " if pending else ""
        query = (
            f"SELECT number, request FROM cases WHERE number > ? {which}"
            f"ORDER BY number LIMIT {_LINES}"
        )
        after = 0
        while found := self._execute(query, (after,)):
            for number, text in found:
                yield number, request_of(text, self._case(number))
            after = found[-1][0]

    @property
    def total(self) -> int:
        """Cases."""
        return self._count("SELECT count(*) FROM cases")

    @property
    def done(self) -> int:
        """Cases with a result."""
        return self._count("SELECT count(*) FROM results")

    def _count(self, query: str) -> int:
        return int(self._execute(query)[0][0])

    def _case(self, number: int) -> str:
        return f"{self._shown}: case {number}"

    # Results

    def add(self, results: Sequence[tuple[int, CaseResult]]) -> None:
        """Keep these results: all of them, or, where the machine stops now, none."""
        with self._transaction():
            for number, result in results:
                found = json.dumps(asdict(Found.of(result)))
                self._execute(
                    "INSERT OR IGNORE INTO results VALUES (?, ?, ?)",
                    (number, result.verdict, found),
                )
                for row in result.rows:
                    self._execute(
                        "INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?, ?, ?)",
                        (number, row.name, row.status, row.digest, row.over_bound, row.message),
                    )

    def results(self) -> Iterator[tuple[int, Request, CaseResult]]:
        """Yield each case that has a result, in order."""
        query = (
            "SELECT number, request, verdict, found FROM results JOIN cases USING (number) "
            f"WHERE number > ? ORDER BY number LIMIT {_LINES}"
        )
        after = 0
        while found := self._execute(query, (after,)):
            rows = self._rows(after, found[-1][0])
            for number, request, verdict, text in found:
                what = self._case(number)
                mine = tuple(rows.get(number, ()))
                yield number, request_of(request, what), result_of(verdict, text, mine, what)
            after = found[-1][0]

    def _rows(self, after: int, last: int) -> dict[int, list[Row]]:
        query = (
            "SELECT number, implementation, status, digest, over_bound, message FROM rows "
            "WHERE number > ? AND number <= ? ORDER BY rowid"
        )
        found: dict[int, list[Row]] = {}
        for number, *row in self._execute(query, (after, last)):
            found.setdefault(number, []).append(row_of(tuple(row), self._case(number)))
        return found

    def has_verdict(self, verdict: str) -> bool:
        """Whether any case came to this."""
        query = "SELECT 1 FROM results WHERE verdict = ? LIMIT 1"
        return bool(self._execute(query, (verdict,)))

    # The smallest cases

    def add_smallest(self, kind: tuple[str, str], smallest: Smallest | None) -> None:
        """Keep the smallest case of a kind of failure; None where there is none smaller."""
        text = None if smallest is None else json.dumps(as_data(smallest.request))
        row = (*kind, text, smallest.tried if smallest else 0)
        self._execute("INSERT OR REPLACE INTO shrunk VALUES (?, ?, ?, ?)", row)

    def smallest(self) -> Mapping[tuple[str, str], Smallest | None]:
        """By kind of failure; None where there is none smaller."""
        what = f"{self._shown}: a smallest case"
        found: dict[tuple[str, str], Smallest | None] = {}
        rows = self._execute("SELECT implementation, cause, request, tried FROM shrunk")
        for name, cause, text, tried in rows:
            one = (
                None if text is None else Smallest(request_of(text, what), typed(tried, int, what))
            )
            found[typed(name, str, what), typed(cause, str, what)] = one
        return found

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of what is written in it, or nothing."""
        self._execute("BEGIN IMMEDIATE")
        try:
            yield
            self._execute("COMMIT")
        except BaseException:
            # A full disk has rolled it back already.
            with contextlib.suppress(UsageError):
                self._execute("ROLLBACK")
            raise


def _connected(path: str, *, new: bool) -> sqlite3.Connection:
    """Read-only where it is only read and may not be written to."""
    only_read = not new and not os.access(path, os.W_OK)
    where = f"{Path(path).absolute().as_uri()}?mode=ro" if only_read else path
    connection = sqlite3.connect(where, timeout=30, isolation_level=None, uri=only_read)
    connection.execute("PRAGMA trusted_schema = OFF")
    if set_limit := getattr(connection, "setlimit", None):
        set_limit(_LENGTH_LIMIT, _LONGEST)
    return connection
