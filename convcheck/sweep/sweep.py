"""One sweep, top to bottom: cases into the file, results as they come, the smallest failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.errors import SpecError, UsageError
from convcheck.results import Verdict
from convcheck.runtimes.hardware import packages
from convcheck.sweep.against import changes
from convcheck.sweep.ask import Ask
from convcheck.sweep.failing.alike import Alike
from convcheck.sweep.failing.shrink import shrink
from convcheck.sweep.results import SweepCheck
from convcheck.sweep.results_file import ResultsFile
from convcheck.sweep.summary import Summary, failures_of
from convcheck.sweep.workers.spread import spread
from convcheck.sweep.workers.work import Results, cool_down, warm
from convcheck.testing.strategies import fits
from convcheck.untrusted.text import clean
from convcheck.version import __version__

MOST_SHRUNK = 8
"""Groups of failures, the largest, of which the smallest case is sought."""


@dataclass(frozen=True)
class Progress:
    """How far a sweep is."""

    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    """By verdict, of those that this run has done."""
    what: str = ""


Tell = Callable[[Progress], None]
ASKED = Mapping[str, Any]
TEXTS = Mapping[str, str]
VERSIONS = Mapping[str, TEXTS]
"""Types of what is noted in a file."""


def nobody(progress: Progress) -> None:
    """Tells nobody."""


def fill(
    file: ResultsFile,
    asked: Mapping[str, Any],
    source: str,
    requests: Callable[[], Iterable[Request]],
) -> None:
    """Have the cases in the file, and what was asked for; ``source`` says it in words.

    Raises UsageError where the file holds another sweep, and where no case fits together.
    """
    if file.has_cases:
        _check_same(file, asked)
        return
    impossible = 0
    fitting: list[Request] = []
    for request in requests():
        if fits(request):
            fitting.append(request)
        else:
            impossible += 1
    if not fitting:
        raise UsageError(
            f"no convolution among {impossible} combinations; of the first: {_why(requests)}"
            if impossible
            else "there are no cases"
        )
    notes = {
        "asked": dict(asked),
        "source": source,
        "impossible": impossible,
        "judged by": {"convcheck": __version__, "numpy": np.__version__},
    }
    if not file.add_cases(fitting, notes):
        _check_same(file, asked)


def _why(requests: Callable[[], Iterable[Request]]) -> str:
    """What is wrong with the first."""
    try:
        build(next(iter(requests())))
    except (SpecError, UsageError) as error:
        return str(error)
    return "nothing fits"


def _check_same(file: ResultsFile, asked: Mapping[str, Any]) -> None:
    there = file.noted("asked", ASKED) or {}
    for key in sorted({*there, *asked}):
        if there.get(key) != asked.get(key):
            raise UsageError(
                f"{file.path} holds another sweep: {_shown(key, there)} there, "
                f"{_shown(key, asked)} here; give the same options, or another --results"
            )
    if (version := (file.noted("judged by", TEXTS) or {}).get("convcheck")) != __version__:
        raise UsageError(
            f"{file.path} was begun by convcheck {version}, and this is {__version__}; give "
            "another --results"
        )


def _shown(key: str, asked: Mapping[str, Any]) -> str:
    value = asked.get(key)
    words = clean(" ".join(map(str, value)) if isinstance(value, list) else value, 100)
    return f"no --{clean(key, 60)}" if value is None else f"--{clean(key, 60)} {words}"


def run(
    file: ResultsFile, ask: Ask, *, jobs: int = 1, dask: str | None = None, tell: Tell = nobody
) -> None:
    """Have a result of each case in the file. Raises UsageError for other versions than its own."""
    total, done = file.total, file.done
    counts: Counter[str] = Counter()
    tell(Progress(done, total, counts, "starting"))
    with closing(spread(lambda: file.cases(pending=True), ask, jobs=jobs, dask=dask)) as found:
        for results in found:
            _check_versions(file, results)
            file.add(results)
            done += len(results)
            counts.update(result.verdict for _, result in results)
            tell(Progress(done, total, counts))


def _check_versions(file: ResultsFile, results: Results) -> None:
    """Those of the first results become the file's; the machine itself may be another."""
    known: dict[str, dict[str, str]] = file.noted("versions", VERSIONS) or {}
    new = dict(known)
    for _, result in results:
        for name, versions in result.versions.items():
            here = packages(dict(versions))
            if (there := new.setdefault(name, here)) != here:
                raise UsageError(
                    f"{file.path} has results of {name} by {_listed(there, here)}, and here it is "
                    f"{_listed(here, there)}; give another --results, and compare the two with "
                    "--report NEW --against OLD"
                )
    if new != known:
        file.note("versions", new)


def _listed(versions: Mapping[str, str], others: Mapping[str, str]) -> str:
    """The packages that differ."""
    differ = {name: text for name, text in versions.items() if others.get(name) != text}
    return ", ".join(f"{name} {text}" for name, text in differ.items()) or "other packages"


def run_one(
    file: ResultsFile, number: int, ask: Ask, into: ResultsFile, tell: Tell = nobody
) -> None:
    """Run one case of a file again; its result is all that ``into`` holds."""
    request = file.case(number)
    fill(into, file.noted("asked", ASKED), f"case {number} of {file.path}", lambda: [request])
    run(into, ask, tell=tell)


def shrink_failures(file: ResultsFile, ask: Ask, tell: Tell = nobody) -> None:
    """Find the smallest case of each of the largest groups of failures; known ones stay."""
    if not file.has_verdict(Verdict.DIFFERENT.value):
        return
    known = file.smallest()
    groups = [one for one in summary_of(file).failures.alike() if _can_shrink(one)]
    wanted = [one for one in groups[:MOST_SHRUNK] if one.kind not in known]
    if not wanted:
        return
    # As the printed command runs: with as many threads as an implementation takes.
    alone = replace(ask, threads=None, relations=False, properties=False)
    try:
        with warm(alone) as runtimes:
            for number, group in enumerate(wanted):
                first = group.first

                def step(what: str, at: int = number) -> None:
                    tell(Progress(at, len(wanted), {}, what))

                found = shrink(first.request, first.fault, group.causes, alone, runtimes, step)
                file.add_smallest(group.kind, found)
    finally:
        cool_down()


def _can_shrink(group: Alike) -> bool:
    """Whether a ``compare`` shows it: it knows no relations, and a crash does not exit with 1."""
    fault = group.first.fault
    return not (fault.is_no_output or fault.is_of_relation)


def summary_of(file: ResultsFile) -> Summary:
    """What the file's results come to."""
    summary = Summary()
    for number, request, result in file.results():
        summary.add(number, request, result)
    return summary


@dataclass(frozen=True)
class Told:
    """How a sweep is told."""

    axes: tuple[str, ...] | None = None
    """Of the picture; None for those that vary most."""
    against: str | None = None
    seconds: float = 0.0


def result_of(file: ResultsFile, ask: Ask, told: Told) -> SweepCheck:
    """Everything that the file tells, and how it changed against another."""
    summary = summary_of(file)

    changed = None
    if told.against is not None:
        with ResultsFile(told.against, new=False) as old:
            changed = tuple(changes(file, old, ask))
    return SweepCheck(
        source=str(file.noted("source", str)),
        total=file.total,
        counts={verdict.value: summary.counts.get(verdict.value, 0) for verdict in Verdict},
        skipped=summary.skipped,
        impossible=file.noted("impossible", int) or 0,
        failures=tuple(failures_of(summary.failures.alike(), file, ask)),
        implementations=summary.implementations(file.noted("versions", VERSIONS) or {}),
        relations=summary.relations,
        properties=summary.properties,
        changes=changed,
        against=told.against,
        axes=summary.axes(told.axes),
        results=None if file.is_temporary else file.path,
        limits=tuple(f"{limit}: {count} cases" for limit, count in summary.limits.items()),
        none_ran=summary.none_ran,
        versions=file.noted("judged by", TEXTS) or {},
        seconds=told.seconds,
        unfinished=file.total - file.done,
    )
