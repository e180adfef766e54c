"""Do texts from files, layers and functions stay text in the page, whatever they hold?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from lxml import html

from convcheck.cases import CasesCheck, NamedCheck
from convcheck.model.results import LayerCheck, Missed, ModelCheck
from convcheck.reports.context import Context, Setting
from convcheck.reports.html import render
from convcheck.reports.registry import FORMATS
from convcheck.results import Experiment, Finding, Operand
from convcheck.truth.exact import exact
from tests.reports.checks import made, output
from tests.reports.html.results import case_of, context_of

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "-->",
    "]]>",
    "\"><img src=x onerror='alert(1)'>",
    "' onmouseover='alert(1)",
    "{{ 7*7 }}{% raw %}",
    "{# gone #}",
    "&lt;b&gt;&amp;",
    "</title></style><b>",
    "javascript:alert(1)",
]


def everywhere(text: str):
    """A check in which every foreign text is this one."""
    case = case_of((1, 4, 5, 2))
    y = exact(case).hi
    single, refused = y.astype("f4"), output("c", None, message=text)
    rows = output(text, y), output("b", single, message=text), refused
    check = made(*rows, case=case, maps=True)
    operand = replace(check.case.input, source=text)
    finding = Finding(text, text, "proved", text, (Experiment(text, 1.0, text),), text, (text,))
    context = context_of(case, check)
    check = replace(
        check,
        case=replace(check.case, input=operand, kernel=Operand(text, (3, 3, 2, 2), text)),
        findings=(finding,),
        blind_spots=(text,),
        hints={text: text},
        warnings=(text,),
        failures=(text,),
    )
    context = replace(context, reproduce=text, settings=(Setting(text, text, text),))
    return check, context


@cache
def harmless():
    return everywhere("plain")


def wrapped(kind: str, text: str, check):
    """The check in a result of this kind, whose own texts are this one."""
    if kind == "model":
        missed = Missed(text, text, text)
        layer = LayerCheck(text, text, check)
        return ModelCheck(text, text, {text: text}, (layer,), (missed,))
    return CasesCheck((NamedCheck(text, check, text),)) if kind == "cases" else check


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["check", "model", "cases"])
def test_does_a_foreign_text_stay_text(text, kind):
    check, context = everywhere(text)
    if kind != "check":
        context = replace(context, excerpts={"0": context.excerpts[""]})
    found, cleaned, safe = (
        html.document_fromstring(write(wrapped(kind, words, one), context))
        for write, words, one in (
            (render, text, check),
            (FORMATS["html"].render, text, check),
            (render, "plain", harmless()[0]),
        )
    )
    for page in (found, cleaned):
        # The same elements with the same attributes as of a harmless text.
        assert [tag.tag for tag in page.iter()] == [tag.tag for tag in safe.iter()]
        assert [sorted(t.keys()) for t in page.iter()] == [sorted(t.keys()) for t in safe.iter()]
        assert " ".join(text.split()) in " ".join(page.text_content().split())
        assert all(link.startswith(("#", "data:")) for link in page.xpath("//@href | //@src"))


def test_are_labels_in_the_numbers_text_too():
    for text in [*HOSTILE, "\u2028line"]:
        check, context = everywhere(text)
        page = render(check, context)
        document = html.document_fromstring(page).get_element_by_id("numbers-0").text
        assert not set("<>&\u2028") & set(document)
        assert json.loads(document)["outputs"][0]["label"] in (text, f"call of {text}")


def test_is_the_context_s_command_what_was_given():
    check, _ = everywhere("a")
    page = html.document_fromstring(render(check, Context(reproduce="convcheck --x '<b>' \"&\"")))
    assert page.get_element_by_id("again-0").text_content() == "convcheck --x '<b>' \"&\""
