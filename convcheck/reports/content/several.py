"""What several checks share, cases or layers: each cause once, with a few of the names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from rich.text import Text

from convcheck.reports.content.findings import Told, told
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
