"""What the reports say of two models: a row for each pair, where they differ, why, what is left."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from convcheck.model.against.results import AgainstCheck, ModelSide
from convcheck.reports.content.against.left import left_over
from convcheck.reports.content.against.places import place_sections
from convcheck.reports.content.against.table import tables
from convcheck.reports.content.blocks import (
    Block,
    Gap,
    Headline,
    Line,
    Sections,
    glued,
)
from convcheck.reports.content.headline import headline
from convcheck.reports.content.settings import settings_section
from convcheck.reports.content.several import saved_case
from convcheck.reports.context import Context
from convcheck.reports.wording import ACCEPTED, LIMIT_EXCEEDED, headline_words
from convcheck.results import Verdict
from convcheck.runtimes.hardware import packages


def content(result: AgainstCheck, context: Context) -> Iterator[Block]:
    """Both models, a row for each pair, the verdict, then where they differ and why."""
    yield from models(result)
    yield Gap()
    if result.pairs:
        yield tables(result)
        yield Gap()
    yield verdict(result)
    yield Sections(list(place_sections(result)))
    yield from rest(result, context)


def models(result: AgainstCheck) -> Iterator[Line]:
    """What the two models are, what goes into them, and who runs them."""
    for letter, side in (("A", result.a), ("B", result.b)):
        yield Line([Text(glued(part)) for part in _side(letter, side) if part])


def _side(letter: str, side: ModelSide) -> list[str]:
    versions = [f"{name} {version}" for name, version in packages(side.versions).items()]
    return [f"{letter}  {side.path}", f"*  {side.input}", ", ".join(versions)]


def rest(result: AgainstCheck, context: Context) -> Iterator[Block]:
    """What follows the places: what has no partner, blind spots, the uncut models, a saved case."""
    yield Sections([*left_over(result), *settings_section(context.settings)])
    yield from saved_case(result.saved)


def verdict(result: AgainstCheck) -> Headline:
    """What came out."""
    if not result.pairs:
        color = "" if result.allow_empty else "yellow"
        words = "no convolution of A is one of B"
        if not result.allow_empty:
            words += "; --allow-empty lets that pass"
        return Headline("NOTHING TO COMPARE", color, words)
    left = f"; {result.left_out} more not chosen by --only" if result.left_out else ""
    return headline(result.verdict, result.exit_code, _reading(result) + left)


def _reading(result: AgainstCheck) -> str:
    total = f"{_counted(len(result.pairs), 'convolution')} matched"
    words = headline_words(result.verdict, result.exit_code)
    if words == LIMIT_EXCEEDED:
        return f"{total}, a limit that was asked for is exceeded"
    if words == ACCEPTED:
        return f"{total}, every difference was accepted or is rounding"
    if result.places:
        causes = {finding.cause for place in result.places for finding in place.findings}
        by = f", by {_counted(len(causes), 'cause')}" if len(result.places) > 1 and causes else ""
        return f"{total}; the models differ in {_counted(len(result.places), 'place')}{by}"
    left = len(result.unmatched_a) + len(result.unmatched_b)
    if left:
        return f"{total}, {left} without a partner"
    if result.verdict is Verdict.IDENTICAL:
        return f"{total}, every value is the same"
    if result.verdict is Verdict.UNDECIDED:
        return f"{total}, some of them could not be judged"
    return f"{total}, every difference is rounding"


def _counted(total: int, what: str) -> str:
    return f"{total:,} {what}" + ("" if total == 1 else "s")
