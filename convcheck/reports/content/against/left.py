"""What the reports say of two models beside where they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from convcheck.model.against.results import (
    AgainstCheck,
    OutputDifference,
    narrowed,
    narrowed_words,
)
from convcheck.reports.content.several import apart_words, some_of


def left_over(result: AgainstCheck) -> Iterator[tuple[str, Text]]:
    """Limits, what has no partner, what a converter changed, blind spots, the uncut models."""
    for failure in result.failures:
        yield "fails", Text(failure, style="red")
    for letter, names in (("A", result.unmatched_a), ("B", result.unmatched_b)):
        if names:
            yield "alone", Text(unmatched_words(letter, names), style="yellow")
    merged = (("B", "A", result.merged_a), ("A", "B", result.merged_b))
    for letter, other, pairs in merged:
        for one, instead in pairs:
            yield "merged", Text(f"{letter} computes {one} and {instead} of {other} once")
    for letter, side in (("A", result.a), ("B", result.b)):
        for note in side.notes:
            yield "note", Text(f"{letter}: {note}", style="yellow")
    for relation, layers in narrowed(result.pairs).items():
        words = f"{narrowed_words(relation)} in {_of_all(layers, len(result.pairs))}"
        yield "note", Text(words)
    for i, words in enumerate(result.blind_spots):
        yield "" if i else "blind", Text(words)
    for i, output in enumerate(result.end_to_end):
        yield "" if i else "uncut", Text(uncut_words(output))


def unmatched_words(letter: str, names: Sequence[str]) -> str:
    """Which convolutions of a model are none of the other's."""
    count = "1 convolution" if len(names) == 1 else f"{len(names):,} convolutions"
    other = "B" if letter == "A" else "A"
    return f"{count} of {letter} without a partner in {other}, not compared: {some_of(names)}"


def uncut_words(one: OutputDifference) -> str:
    """How far an output of B is from A's where both run by themselves."""
    return f"both run whole, output {one.output}: {apart_words(one)}"


def _of_all(names: Sequence[str], total: int) -> str:
    return f"all {total}" if len(names) == total > 1 else some_of(names)
