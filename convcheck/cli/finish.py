"""The end of a command: its reports, its other files and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, TypeAlias

import click

from convcheck.cases import CasesCheck, NamedCheck, without_arrays
from convcheck.cli import excerpts, output_files
from convcheck.cli.reporting import Reporting, Target
from convcheck.cli.reproduce import command_line, settings
from convcheck.errors import UsageError
from convcheck.reports.context import Context

if TYPE_CHECKING:
    from convcheck.case.case import Case
    from convcheck.excerpt.data import Excerpt
    from convcheck.model.against.results import AgainstCheck
    from convcheck.model.results import ModelCheck
    from convcheck.results import Check
    from convcheck.sweep.results import SweepCheck
    from convcheck.testing.outcome import ConformanceCheck

Taken: TypeAlias = "Callable[[], Mapping[str, Excerpt]]"
"""Takes the excerpts that a page shows, once."""


def finish(case: Case, result: Check, reporting: Reporting, save: str | None = None) -> int:
    """Write the reports, the bundle and the picture that are asked for; return the exit code.

    What cannot be written costs nothing but itself. Raises UsageError for it at the end.
    """
    writes = _reports(result, reporting, cache(lambda: excerpts.of_one(case, result)))
    if save is not None:
        writes.append(lambda: output_files.write_bundle(save, case, result))
    if reporting.plot is not None:
        plot = reporting.plot
        writes.append(lambda: output_files.write_plot(plot, case, result))
    _write_all(writes)
    return result.exit_code


def finish_many(
    result: ModelCheck | AgainstCheck | CasesCheck | ConformanceCheck | SweepCheck,
    reporting: Reporting,
    taken: Mapping[str, Excerpt] | None = None,
) -> int:
    """Write the reports of a model's layers, or of several cases or specs; return the exit code.

    ``taken`` are the excerpts of the layers or cases.
    """
    write_reports(result, reporting, taken)
    return result.exit_code


def finish_cases(
    named: Sequence[Callable[[Check], NamedCheck]],
    checks: Iterable[tuple[Case, Check]],
    reporting: Reporting,
) -> int:
    """Write the reports of several cases as they come; return the exit code.

    ``named`` give each of the ``checks`` its name. A case's arrays are let go before the next is
    asked for.
    """
    taken = excerpts.Excerpts()
    cases: list[NamedCheck] = []
    for case, check in checks:
        if reporting.shows_numbers:
            taken.add(case, check, len(named) - len(cases))
        cases.append(named[len(cases)](without_arrays(check)))
        del case, check
    return finish_many(CasesCheck(tuple(cases)), reporting, taken.found)


def write_reports(
    result: object, reporting: Reporting, taken: Mapping[str, Excerpt] | None = None
) -> None:
    """Write every report that is asked for. Raises UsageError for what cannot be written."""
    _write_all(_reports(result, reporting, lambda: taken or {}))


def _write_all(writes: Iterable[Callable[[], None]]) -> None:
    """Do what can be done; raises UsageError at the end for what could not.

    An error of convcheck's own in one of them is raised at the end too.
    """
    failures, own = [], []
    for write in writes:
        try:
            write()
        except UsageError as error:
            failures.append(str(error))
        except Exception as error:
            own.append(error)
    if own:
        raise own[0]
    if failures:
        raise UsageError("; ".join(failures))


def _reports(result: object, reporting: Reporting, taken: Taken) -> list[Callable[[], None]]:
    targets = reporting.targets
    return [partial(_write_report, target, result, reporting, taken) for target in targets]


def _write_report(target: Target, result: object, reporting: Reporting, taken: Taken) -> None:
    """Write the report in this format to the file, or to stdout."""
    text, command = "", click.get_current_context()
    if not (reporting.quiet and target.format.hidden_by_quiet):
        text = target.format.render(
            result,
            Context(
                reproduce=command_line(command),
                color=output_files.shows_colors(target.path),
                width=output_files.width(target.path),
                settings=settings(command),
                verbose=reporting.verbose,
                excerpts=taken() if target.format.shows_numbers else {},
            ),
        )
    output_files.write_report(target.path, text)
