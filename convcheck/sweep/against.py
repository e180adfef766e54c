"""Which cases two files have otherwise, such as before and after an upgrade."""

from __future__ import annotations

from collections.abc import Iterator

from convcheck.errors import UsageError
from convcheck.sweep.ask import Ask
from convcheck.sweep.commands import command
from convcheck.sweep.results import Change, Row
from convcheck.sweep.results_file import ResultsFile


def changes(new: ResultsFile, old: ResultsFile, ask: Ask) -> Iterator[Change]:
    """Yield what each implementation gives otherwise than in the old file, case by case.

    Cases are the same where they ask for the same, whatever their numbers. Raises UsageError where
    the files share none.
    """
    before = {request: result.rows for _, request, result in old.results()}
    shared = 0
    for number, request, result in new.results():
        if request not in before:
            continue
        shared += 1
        rows = {row.name: row for row in before[request]}
        for row in result.rows:
            if row.name in rows:
                yield from _changed(number, rows[row.name], row, command(request, ask.names, ask))
    if not shared:
        raise UsageError(
            f"{new.path} and {old.path} have no case in common; run the same sweep for both"
        )


def _changed(number: int, before: Row, after: Row, reproduce: str) -> Iterator[Change]:
    if (before.status, before.digest) != (after.status, after.digest):
        same = before.status == after.status
        yield Change(number, after.name, before.status, after.status, same, reproduce)
