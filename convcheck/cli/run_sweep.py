"""What ``convcheck sweep`` does once its options are right: cases, results, failures, reports.

This module imports NumPy. The command imports it last, inside its function, so that ``--help`` and
every mistake answer without.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from convcheck.case.request import Request
from convcheck.cli import progress
from convcheck.cli.finish import finish_many
from convcheck.cli.options import Timeouts, made_of
from convcheck.cli.output_files import write_sweep_plot
from convcheck.cli.reporting import Reporting
from convcheck.cli.trust.cases_file import read_cases
from convcheck.cli.trust.names import why_not_plain
from convcheck.errors import UsageError
from convcheck.implementations.name import Name
from convcheck.implementations.registry import default_names, parse_all
from convcheck.sweep.ask import Ask
from convcheck.sweep.results_file import IN_MEMORY, ResultsFile
from convcheck.sweep.sample import sample
from convcheck.sweep.sweep import (
    ASKED,
    Progress,
    Told,
    fill,
    result_of,
    run,
    run_one,
    shrink_failures,
)
from convcheck.testing.space import Space
from convcheck.testing.strategies import why_not
from convcheck.testing.written import as_data
from convcheck.untrusted.text import clean
from convcheck.untrusted.typed import typed
from convcheck.verdict.limits import Limits

if TYPE_CHECKING:
    from convcheck.cli.options.swept import Swept

MOST_COMBINATIONS = 100_000_000
"""Of a grid: eleven days at a hundred in a second."""


def sweep(
    swept: Swept,
    space: Space,
    implementations: Sequence[str],
    limits: Limits,
    timeouts: Timeouts,
    reporting: Reporting,
) -> int:
    """Run the sweep that is asked for, or tell one again; return the exit code."""
    begun = time.monotonic()
    if swept.report is not None:
        with ResultsFile(swept.report, new=False) as file:
            return _told(file, _ask_of(file), swept, reporting)
    if swept.only is not None:
        return _only(swept, implementations, timeouts, reporting)
    names = parse_all(implementations or default_names())
    for name in names:
        if name.base == "file:":
            raise UsageError(
                f"{name.text} is recorded of one case, and a sweep has many; leave it out"
            )
    ask = _ask(names, swept, limits, timeouts)
    source, requests, asked = _cases(swept, space)
    asked |= {"implementation": [name.text for name in names], **_limits(limits)}
    asked |= {key: True for key in ("relations", "properties") if getattr(swept, key)}
    with ResultsFile(swept.results or IN_MEMORY, new=True) as file:
        with progress.sweeping(quiet=reporting.quiet) as tell:
            tell(Progress(0, 0, what="drawing the cases"))
            fill(file, asked, source, requests)
            before = file.done
            run(file, ask, jobs=swept.jobs, dask=swept.dask, tell=tell)
            if swept.shrink:
                shrink_failures(file, ask, tell)
        if before and not reporting.quiet:
            click.echo(
                f"convcheck: {before:,} of {file.total:,} results were in {clean(file.path)} "
                "already and were not computed again; another --results computes all",
                err=True,
            )
        return _told(file, ask, swept, reporting, time.monotonic() - begun)


def _told(
    file: ResultsFile, ask: Ask, swept: Swept, reporting: Reporting, seconds: float = 0.0
) -> int:
    result = result_of(file, ask, Told(swept.picture or None, swept.against, seconds))
    code = finish_many(result, reporting)
    if reporting.plot is not None:
        write_sweep_plot(reporting.plot, result)
    return code


def _only(
    swept: Swept, implementations: Sequence[str], timeouts: Timeouts, reporting: Reporting
) -> int:
    """Run one case of a file again, with all that was asked of it there."""
    assert swept.results is not None
    assert swept.only is not None
    with ResultsFile(swept.results, new=False) as file:
        kept = _ask_of(file)
        texts = implementations or [name.text for name in kept.names]
        for text in () if implementations else texts:
            if why := why_not_plain(text):
                raise UsageError(f"{why}, and a file may not have that done: choose it with -i")
        ask = replace(kept, names=tuple(parse_all(texts)), **vars(timeouts))
        with ResultsFile(IN_MEMORY, new=True) as one:
            with progress.sweeping(quiet=reporting.quiet) as tell:
                run_one(file, swept.only, ask, one, tell)
            return _told(one, ask, swept, reporting)


def _ask(names: Sequence[Name], swept: Swept, limits: Limits, timeouts: Timeouts) -> Ask:
    return Ask(
        tuple(names),
        limits,
        relations=swept.relations,
        properties=swept.properties,
        **vars(timeouts),
    )


def _limits(limits: Limits) -> dict[str, Any]:
    """The limits that are asked for, by their options' names."""
    found = {key.replace("_", "-"): value for key, value in vars(limits).items() if value}
    return {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}


@dataclass(frozen=True)
class _Asked:
    """What of the options in a file is asked of each case."""

    implementation: tuple[str, ...]
    identical: bool = False
    max_sum: float | None = None
    strict: bool = False
    accept: tuple[str, ...] = ()
    relations: bool = False
    properties: bool = False


def _ask_of(file: ResultsFile) -> Ask:
    """What was asked of the cases of a file; its names are text, and nothing of them is run."""
    names = {name.replace("_", "-"): name for name in _Asked.__dataclass_fields__}
    noted = file.noted("asked", ASKED) or {}
    values = {names[key]: value for key, value in noted.items() if key in names}
    what = f"{file.path}: what was asked for"
    asked: _Asked = typed(values, _Asked, what)
    try:
        limits = Limits(asked.identical, asked.max_sum, asked.strict, asked.accept)
    except UsageError as error:
        raise UsageError(f"{what}: {error}") from error
    return Ask(
        tuple(Name(text, text) for text in asked.implementation),
        limits,
        relations=asked.relations,
        properties=asked.properties,
    )


Requests = Callable[[], Iterator[Request]]


def _cases(swept: Swept, space: Space) -> tuple[str, Requests, dict[str, Any]]:
    """What is swept, in words; its cases; and what was asked for, as data."""
    asked: dict[str, Any] = {
        name.rstrip("_").replace("_", "-"): str(values) for name, values in space.given.items()
    }
    if swept.cases is not None:
        found = list(_of_file(swept.cases))
        asked["cases"] = f"{swept.cases} ({_digest(found)})"
        return f"the cases of {swept.cases}", lambda: iter(found), asked
    asked["seed"] = swept.seed
    if swept.random is not None:
        count, seed = swept.random, swept.seed
        asked["random"] = count
        words = f"{count:,} random cases, seed {seed}"
        return words, lambda: sample(space, count, seed), asked
    grids = space.grid(swept.seed)
    if (combinations := sum(map(len, grids))) > MOST_COMBINATIONS:
        raise UsageError(
            f"a grid of {combinations:,} combinations would take weeks; leave values out, or let "
            "--random N draw some of them"
        )
    words = f"a grid of {combinations:,} combinations"
    return words, lambda: (request for grid in grids for request in grid), asked


def _digest(found: Sequence[Request]) -> str:
    """Of cases and of the files that they read: changed ones are another sweep."""
    whole = hashlib.sha256(json.dumps([as_data(request) for request in found]).encode())
    for request in found:
        for source in (request.input, request.kernel, request.bias, request.output_gradient):
            if source is not None and Path(source).is_file():
                whole.update(Path(source).read_bytes())
    return whole.hexdigest()[:12]


def _of_file(path: str) -> Iterator[Request]:
    """The cases of a file of ``compare --cases``: what describes a case, and nothing else."""
    from convcheck.cli.commands.compare import command

    context = click.Context(command, info_name="compare")
    for case in read_cases(path, context):
        request = made_of(Request, case.values)
        names = Request.__dataclass_fields__
        if others := [key for key in case.values if key not in names]:
            option = others[0].replace("_", "-")
            remedy = "compare takes it" if option == "quantize" else "type it beside --cases"
            raise UsageError(f"{case.where}: {option} is of no case of a sweep; {remedy}")
        if request.is_separating:
            raise UsageError(f"{case.where}: input separating is of integers; compare takes it")
        if why := why_not(request):  # of a grid it is left out; this one was written down
            raise UsageError(f"{case.where}: {why}")
        yield request
