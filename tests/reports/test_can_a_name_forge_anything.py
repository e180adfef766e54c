"""Can a file, a layer or a function be called so that a report says or does something else?"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest
from lxml import etree

from convcheck.cases import CasesCheck
from convcheck.reports.context import Context, Setting
from convcheck.reports.registry import FORMATS
from convcheck.results import Check
from tests.reports.results import inventory, result_of
from tests.reports.runner import commands
from tests.reports.test_does_markdown_show_text_as_it_is import checked as checked_markdown
from tests.reports.test_is_the_junit_report_valid import SCHEMA

HOSTILE = [
    "<script>alert(1)</script>",
    "</script></style></title><img src=x onerror=alert(1)>",
    '" onload="alert(1)',
    "]]>",
    "<!-- ",
    "::error::forged",
    "::stop-commands::x ",
    "\n::warning title=forged::",
    "\r\n::error::",
    "##[error]forged",
    "##vso[task.complete result=Succeeded]",
    "\x1b[31m::error::red\x1b[0m",
    "nul\0",
    "\u202egnp.",
    "\u2028::error::",
    "</details>\n# heading",
    "```\n",
    "| x | [y](http://z) | @me",
    "{{ 7 * 7 }}{% raw %}",
    "\ufffe\ud800",
]
RESULTS = ["many", "limit", "changed", "model-different", "model", "cases-different"]
RESULTS += ["against-with-calls", "against", "suite-does-not", "suite-conforms", "quantized-report"]
RESULTS += ["quantized-different", "sweep-failing", "sweep-limit-and-failing", "sweep-changed"]
RESULTS += ["sweep-absent"]
FIXED = {
    "spec",
    "status",
    "declared",
    "arithmetic",
    "error",
    "mode",
    "state",
    "counts",
    "by_status",
}
"""Fields that no file, function or framework can choose."""


def renamed(value: object, hostile: str) -> object:
    """The same result, in which every text begins with something hostile."""
    if type(value) is str:
        return hostile + value
    if isinstance(value, dict):
        return {renamed(key, hostile): renamed(one, hostile) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(renamed(one, hostile) for one in value)
    if is_dataclass(value):
        mine = {f.name: getattr(value, f.name) for f in fields(value) if f.name not in FIXED}
        return replace(value, **{name: renamed(one, hostile) for name, one in mine.items()})
    return value


def results() -> Iterator[object]:
    yield from map(result_of, RESULTS)
    yield inventory()


def context(hostile: str = "") -> Context:
    return Context(
        reproduce="convcheck compare",
        settings=(Setting("--input", f"{hostile}x", f"{hostile}pyproject.toml"),),
    )


@cache
def plain_reports(form: str) -> list[str]:
    """What a format says of the results as they are."""
    return [FORMATS[form].render(result, context()) for result in results()]


class Tags(HTMLParser):
    """Which tags and attributes a page has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, *sorted(name for name, _ in attrs)))
        self.scripts += tag == "script"


def check_json(text, plain):
    assert json.loads(text).keys() == json.loads(plain).keys()


def check_junit(text, plain):
    found, wanted = (etree.fromstring(one.encode()) for one in (text, plain))
    SCHEMA.assertValid(found)
    assert [one.tag for one in found.iter()] == [one.tag for one in wanted.iter()]


def check_markdown(text, plain):
    checked_markdown(text)


def check_html(text, plain):
    found, wanted = Tags(text), Tags(plain)
    assert found.found <= wanted.found
    assert found.scripts == wanted.scripts


def check_github(text, plain):
    found, wanted = (
        [(one.name, list(one.properties), one.old) for one in commands(each)]
        for each in (text, plain)
    )
    assert found == wanted
    assert all(one.properties["title"].startswith("convcheck: ") for one in commands(text))


CHECKS = {
    "json": check_json,
    "junit": check_junit,
    "markdown": check_markdown,
    "html": check_html,
    "github": check_github,
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_is_a_hostile_name_plain_text(form, hostile):
    for result, plain in zip(results(), plain_reports(form.name), strict=True):
        text = form.render(renamed(result, hostile), context(hostile))
        wrong = {c for c in text if not c.isprintable() and c != "\n"}
        assert not wrong
        if form.name != "github":
            assert not list(commands(text))
        if form.name in CHECKS:
            CHECKS[form.name](text, plain)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("form", ["json", "junit", "markdown", "github"])
def test_does_a_format_escape_even_what_nobody_cleaned(form, hostile):
    render = importlib.import_module(FORMATS[form].module).render
    for result, plain in zip(results(), plain_reports(form), strict=True):
        CHECKS[form](render(renamed(result, hostile), context(hostile)), plain)


def test_does_each_text_of_a_result_become_hostile():
    check = renamed(result_of("many"), "::error::")
    assert isinstance(check, Check)
    assert check.judgements[0].output.name == "::error::a"
    assert check.case.input.source == "::error::x"
    cases = renamed(result_of("cases-different"), "::error::")
    assert isinstance(cases, CasesCheck)
    assert cases.cases[0].name.startswith("::error::")


def test_is_a_line_with_colours_no_command():
    colored = replace(context("::error::"), color=True)
    for result in results():
        assert not list(commands(FORMATS["text"].render(renamed(result, "::error::"), colored)))


FILES = [
    "<script>alert(1)<|script>",
    "]]>",
    "::error::forged",
    "\n::error::forged",
    "##[error]forged\x1b[31m",
    "not\udcffutf8\u202egnp",
]


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_is_a_hostile_file_s_name_plain_text(convcheck_command, tmp_path, name):
    x, k = f"{name}x.npy", f"{name}k.npy"
    np.save(tmp_path / x, np.ones((1, 3, 3, 1), "f4"))
    np.save(tmp_path / k, np.ones((1, 1, 1, 1), "f4"))
    (tmp_path / "mine.py").write_text(
        f"def raises(x, kernel, **_): raise ValueError({' '.join(HOSTILE)!r})\n"
    )
    options = ["--input", x, "--kernel", k, "-i", f"file:{x}", "-i", "python:mine.py:raises"]
    for form in FORMATS:
        options += ["--format", form, "-o", f"report.{form}"]
    done = convcheck_command("compare", *options, errors="surrogateescape")
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    for form in FORMATS:
        text = (tmp_path / f"report.{form}").read_text()
        assert "UNDECIDED" in text.upper()
        assert all(c.isprintable() or c == "\n" for c in text)
        found = [one.name for one in commands(text)]
        assert found == (["warning"] if form == "github" else [])
