"""What reports of several checks share, of cases, layers or two models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text

from convcheck.model.against.results import OutputDifference
from convcheck.model.results import EndToEnd, SavedCase
from convcheck.reports.content.blocks import Block, Command, Gap
from convcheck.reports.content.findings import Told, told
from convcheck.reports.figures import number
from convcheck.reports.labels import labels
from convcheck.results import Check, Finding

_NAMED = 3
"""Names that are told; of more it is said how many."""


def causes(
    checks: Iterable[tuple[str, Check]], worth_telling: Callable[[Check], Sequence[Finding]]
) -> Iterator[tuple[str, Text]]:
    """Sections: each cause in the words of the first check that has it, and its fixes."""
    found: dict[str, list[tuple[str, Told]]] = {}
    for name, check in checks:
        worth = worth_telling(check)
        for one in told(check, labels(check.judgements)):
            if one.findings[0] in worth:
                found.setdefault(one.cause, []).append((name, one))
    for cause, all_that_have_it in found.items():
        first = all_that_have_it[0][1]
        names = list(dict.fromkeys(name for name, _ in all_that_have_it))
        words = f"{first.status} in {some_of(names)}: {first.summary}."
        yield "why", Text(cause, style="bold").append(words, style="not bold")
        for i, fix in enumerate(first.fixes):
            yield "" if i else "fix", Text(fix)


def some_of(names: Sequence[str]) -> str:
    """The names, or the first of them and how many more there are."""
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _NAMED - 1])} and {len(names) - _NAMED + 1} more"


def saved_case(saved: SavedCase | None) -> Iterator[Block]:
    """Where a layer's case was written, and the command that compares it; none where it was not."""
    if saved is not None:
        yield Gap()
        words = f"saved   {saved.layer} as files in {saved.folder}; to compare them:"
        yield Command(words, saved.command)


def apart_words(outputs: EndToEnd | OutputDifference) -> str:
    """How far two outputs of whole models are apart, or why there are no figures."""
    if outputs.message is not None:
        return outputs.message
    if not outputs.unequal:
        return f"all {outputs.total:,} outputs the same"
    return (
        f"sum {number(outputs.sum_abs, 4)}, largest {number(outputs.max_abs, 4)}, "
        f"{number(outputs.relative)} of the largest output"
    )
