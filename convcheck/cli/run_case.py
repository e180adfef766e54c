"""What the commands about one case do once their options are right: start runtimes and check.

This module imports NumPy. A command imports it last, inside its function, so that ``--help`` and
every mistake answer without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from convcheck.case.build import build
from convcheck.case.bundle import Bundle, unpack
from convcheck.case.case import Case
from convcheck.check import check
from convcheck.check.quantize import (
    of_integers,
    quantized_over_exact,
    separating_case,
    with_files,
)
from convcheck.cli import progress
from convcheck.cli.options import Timeouts
from convcheck.cli.options.one_case import OneCase
from convcheck.cli.reporting import Reporting
from convcheck.cli.trust.cases_file import CaseInFile
from convcheck.cli.trust.names import why_not_plain
from convcheck.errors import UsageError
from convcheck.implementations.name import Name
from convcheck.implementations.registry import parse_all, row_of
from convcheck.inventory import inventory
from convcheck.plan import Plan, RecordedRun, as_recorded
from convcheck.quantized.case import QuantizedCase
from convcheck.quantized.described import quantized_case
from convcheck.quantized.from_float import check_quantizable
from convcheck.results import Check, ImplementationInfo, Output, Status
from convcheck.runtimes.host import Runtimes
from convcheck.untrusted.text import clean
from convcheck.verdict.limits import Limits


def compare(one: OneCase, reporting: Reporting, *, timeouts: Timeouts) -> tuple[Case, Check]:
    """Make the case that is asked for and run it through its implementations."""
    made = _case(one)
    with _running(reporting, timeouts) as (runtimes, doing):
        return _compared(one, made, runtimes, reporting, doing)


def compare_each(
    cases: Sequence[tuple[CaseInFile, OneCase]], reporting: Reporting, *, timeouts: Timeouts
) -> Iterator[tuple[Case, Check]]:
    """Make and run each of these cases; one start of the frameworks serves them all.

    Raises UsageError before any work for one that cannot be made.
    """
    for named, one in cases:  # made again in their turn: the arrays of all are not held at once
        with _of(named):
            _case(one)
    with _running(reporting, timeouts) as (runtimes, doing):
        for number, (named, one) in enumerate(cases, 1):
            doing.case(number, len(cases), named.name)
            with _of(named):
                found = _compared(one, _case(one), runtimes, reporting, doing)
            yield found
            del found  # whoever took it may have let it go: free before the next one is made


@contextlib.contextmanager
def _of(named: CaseInFile) -> Iterator[None]:
    """Let a mistake say in which of several cases it is."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{named.where}: {error}") from error


def _compared(
    one: OneCase,
    made: tuple[Case, QuantizedCase | None],
    runtimes: Runtimes,
    reporting: Reporting,
    doing: progress.Doing,
) -> tuple[Case, Check]:
    case, quantized = made
    scheme, activation = one.asked.quantize, one.asked.activation or "none"
    if quantized is None and scheme is not None:
        runtimes.start(one.names, quantized=True)
        doing.step("quantizing")
        quantized = quantized_over_exact(case, scheme, activation)
        case = quantized.case
    plan = Plan(case, one.names, quantized=quantized, orders=one.orders)
    return case, check(plan, runtimes, one.limits, maps=reporting.maps, step=doing.step)


def _case(one: OneCase) -> tuple[Case, QuantizedCase | None]:
    """The case, and what its numbers stand for where they are integers already.

    All that may be wrong with them is found here, before any framework starts.
    """
    request, asked = one.request, with_files(one.asked)
    if request.is_separating:
        quantized = separating_case(asked, request.seed, request.data_format)
        return quantized.case, quantized
    case = build(request)
    if asked.given:
        quantized = of_integers(case, asked)
        return quantized.case, quantized
    if asked.quantize is not None:
        check_quantizable(case)
    return case, None


def verify(
    bundles: Sequence[str],
    chosen: Sequence[Name],
    limits: Limits,
    reporting: Reporting,
    *,
    trust: bool,
    timeouts: Timeouts,
) -> Iterator[tuple[Case, Check]]:
    """Run the case of each bundle again and compare with what was recorded.

    What runs is ``chosen``, else what was recorded: all of it with ``trust``, without it the
    plain names alone. One start of the frameworks serves all bundles. Raises UsageError before any
    work for a bundle that cannot be read.
    """
    first, *others = bundles
    plans = [_plan(first, chosen, trust=trust)]
    for path in others:  # read again in their turn: the arrays of all are not held at once
        _plan(path, chosen, trust=trust)
    with _running(reporting, timeouts) as (runtimes, doing):
        for number, path in enumerate(bundles, 1):
            if others:
                doing.case(number, len(bundles), path)
            plan = plans.pop() if plans else _plan(path, chosen, trust=trust)
            yield plan.case, check(plan, runtimes, limits, maps=reporting.maps, step=doing.step)
            del plan  # whoever took its case may have let it go: free before the next is read


def _plan(bundle: str, chosen: Sequence[Name], *, trust: bool) -> Plan:
    recorded = unpack(bundle)
    quantized = _quantized(bundle, recorded)
    for name in chosen:
        row_of(name, quantized=quantized is not None)
    runs = (
        _chosen_runs(recorded.outputs, chosen)
        if chosen
        else _recorded_runs(recorded.outputs, trust=trust, quantized=quantized is not None)
    )
    return Plan.verifying(recorded.case, runs, chosen, quantized)


def _quantized(bundle: str, recorded: Bundle) -> QuantizedCase | None:
    """The bundle's quantized case; None of real numbers. Raises UsageError for one that is none."""
    if recorded.quantization is None:
        return None
    try:
        return quantized_case(recorded.case, recorded.quantization)
    except UsageError as error:
        raise UsageError(f"the bundle {clean(bundle)}: {error}") from error


def _recorded_runs(outputs: Sequence[Output], *, trust: bool, quantized: bool) -> list[RecordedRun]:
    """What can run here first, then what cannot; last recorded files: nobody can run them again."""
    here, absent, files = [], [], []
    for output in outputs:
        recorded = as_recorded(output)
        if output.name.startswith("file:"):
            files.append(RecordedRun(recorded))
            continue
        try:
            name = _name_to_run(output.name, trust=trust, quantized=quantized)
        except UsageError as error:  # another machine's interpreter, a package that is not here
            why = Status.UNAVAILABLE
            row = Output(output.name, output.call, status=why, message=str(error))
            absent.append(RecordedRun(recorded, absent=row))
        else:
            here.append(RecordedRun(recorded, name))
    return [*here, *absent, *files]


def _chosen_runs(outputs: Sequence[Output], chosen: Sequence[Name]) -> list[RecordedRun]:
    """Each recorded output, with the chosen name that computes it again where there is one."""
    by_text = {name.text: name for name in chosen}
    return [RecordedRun(as_recorded(output), by_text.get(output.name)) for output in outputs]


def _name_to_run(text: str, *, trust: bool, quantized: bool) -> Name:
    """A name that a bundle holds. Raises UsageError for one that cannot, or must not, run here."""
    why = None if trust else why_not_plain(text)
    if why is not None:
        raise UsageError(
            f"{why}, and a bundle may not have that done: choose what runs with -i NAME, or run "
            "all that it names with --trust, if you trust whoever made it"
        )
    (name,) = parse_all([text], quantized=quantized)
    return name


def implementations(
    names: Sequence[Name], reporting: Reporting, *, timeouts: Timeouts
) -> list[ImplementationInfo]:
    """Run a tiny convolution through each of these implementations."""
    with _running(reporting, timeouts) as (runtimes, _):
        return inventory(names, runtimes)


@contextlib.contextmanager
def _running(reporting: Reporting, timeouts: Timeouts) -> Iterator[tuple[Runtimes, progress.Doing]]:
    """Runtimes, and what to tell the next step to: both are shown while the body runs."""
    with (
        progress.doing(quiet=reporting.quiet) as doing,
        Runtimes(**vars(timeouts), verbose=reporting.verbose, tell=doing.tell) as runtimes,
    ):
        yield runtimes, doing
