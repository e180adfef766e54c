"""JUnit's XML, as Jenkins, GitLab and others read it.

A message stands in the attribute and in the text, because GitLab reads the text alone; of two
equal names it would count the first only, so that they are unique. See tests/reports/junit.xsd.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import groupby

from convcheck.reports import outcomes as told
from convcheck.reports import text
from convcheck.reports.context import Context
from convcheck.reports.outcomes.outcome import Outcome, State
from convcheck.version import __version__

_FORBIDDEN = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, and a carriage return, which its readers make a newline of."""
_TAGS = {State.FAILED: "failure", State.ERROR: "error", State.SKIPPED: "skipped"}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def render(result: object, context: Context) -> str:
    """A suite for each group of outcomes; the text report stands in the first one's output."""
    found = told.outcomes(result)
    verdict = told.verdict(result, context)
    properties = [
        ("verdict", verdict.words),
        ("reading", verdict.reading),
        ("exit_code", str(told.exit_code(result))),
        ("reproduce", context.reproduce),
        ("convcheck", __version__),
        *((f"setting {one.name}", f"{one.value} from {one.source}") for one in context.settings),
    ]
    root = _element(None, "testsuites", name="convcheck", **_counts(found))
    for group, members in groupby(found, key=lambda one: one.group):
        mine = list(members)
        skipped = str(_count(mine, State.SKIPPED))
        suite = _element(
            root, "testsuite", name=group, **_counts(mine), skipped=skipped, **_time(mine)
        )
        listed = _element(suite, "properties")
        for name, value in filter(all, [*properties, *_versions(mine)]):
            _element(listed, "property", name=name, value=value)
        for one in mine:
            _add(suite, one)
    if len(root):
        plain = Context(context.reproduce, verbose=context.verbose, settings=context.settings)
        _element(root[0], "system-out").text = legal(text.render(result, plain))
    ET.indent(root)
    return _DECLARATION + ET.tostring(root, encoding="unicode")


def legal(text: str) -> str:
    """The text without characters that XML 1.0 cannot hold; U+FFFD stands in their place."""
    return _FORBIDDEN.sub("\ufffd", text)


def _add(suite: ET.Element, one: Outcome) -> None:
    case = _element(suite, "testcase", classname=one.group, name=one.name, **_time([one]))
    whole = legal("\n".join([one.message, *one.details]))
    if one.state is State.PASSED:
        _element(case, "system-out").text = whole
    else:
        _element(case, _TAGS[one.state], message=one.message).text = whole


def _element(parent: ET.Element | None, tag: str, **attributes: str) -> ET.Element:
    legal_ones = {name: legal(value) for name, value in attributes.items()}
    if parent is None:
        return ET.Element(tag, legal_ones)
    return ET.SubElement(parent, tag, legal_ones)


def _counts(found: Sequence[Outcome]) -> dict[str, str]:
    return {
        "tests": str(len(found)),
        "failures": str(_count(found, State.FAILED)),
        "errors": str(_count(found, State.ERROR)),
    }


def _count(found: Sequence[Outcome], state: State) -> int:
    return sum(one.state is state for one in found)


def _time(found: Sequence[Outcome]) -> dict[str, str]:
    """How long it took in all; nothing where nobody measured."""
    known = [one.seconds for one in found if one.seconds is not None]
    seconds = sum(s for s in known if math.isfinite(s) and s >= 0)
    return {"time": f"{seconds:.6f}"} if known else {}


def _versions(found: Sequence[Outcome]) -> Iterator[tuple[str, str]]:
    """Package and version, or versions, of whatever computed."""
    versions: dict[str, dict[str, None]] = {}
    for one in found:
        for package, version in one.versions.items():
            versions.setdefault(package, {})[version] = None
    for package, known in versions.items():
        yield f"version {package}", ", ".join(known)
