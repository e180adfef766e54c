"""The long texts about causes and verdicts, for a terminal. Standard library alone."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from convcheck.verdict.explanations.words import GROUPS, VERDICT_LINES, VERDICTS, Words

WIDTH = 96


def listing(known: Mapping[str, Words]) -> str:
    """Every verdict and cause, one line each, by group."""
    lines = ["verdicts"]
    lines += [f"  {name:<28}{line}" for name, line in VERDICT_LINES.items()]
    for group in GROUPS:
        lines += ["", group]
        lines += [f"  {w.cause:<28}{w.summary}" for w in known.values() if w.group == group]
    lines += ["", "convcheck explain CAUSE tells more about one of them."]
    return "\n".join(lines)


def cause(words: Words) -> str:
    """All about one cause."""
    sections = [
        ("what", words.what),
        ("comes from", words.comes),
        ("to see it", words.see),
        ("to mend it", words.mend),
        ("rests on", words.proof),
        ("reported", "\n".join(words.reports)),
    ]
    told = [_section(title, text) for title, text in sections if text]
    return "\n\n".join([f"{words.cause}: {words.summary}", *told])


def verdict(name: str) -> str:
    """All about one verdict."""
    paragraphs = [textwrap.fill(line, WIDTH) for line in VERDICTS[name].split("\n")]
    return "\n\n".join([name.upper(), *paragraphs])


def _section(title: str, text: str) -> str:
    """Lines that start with spaces are code and stay as they are."""
    lines = []
    for line in text.split("\n"):
        code = line.startswith(" ")
        lines += [line] if code else textwrap.wrap(line, WIDTH - 14)
    return "\n".join(f"  {title if i == 0 else '':<12}{line}" for i, line in enumerate(lines))
