"""Do texts from files, layers and functions stay text in the page, whatever they hold?"""

from __future__ import annotations

import json
from dataclasses import replace

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
    "\u2028line",
]


def everywhere(text: str):
    """A check in which every foreign text is this one."""
    case = case_of((1, 4, 5, 2))
    y = exact(case).hi
    rows = (
        output(text, y),
        output("b", y.astype("f4"), message=text),
        output("c", None, message=text),
    )
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


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["check", "model", "cases"])
@pytest.mark.parametrize("cleaned", [True, False])
def test_does_a_foreign_text_stay_text(text, kind, cleaned):
    check, context = everywhere(text)
    plain, _ = everywhere("plain")
    layer = LayerCheck(text, text, check)
    wrapped = {
        "check": (check, plain),
        "model": (
            ModelCheck(text, text, {text: text}, (layer,), (Missed(text, text, text),)),
            ModelCheck(
                "plain", "x", {"p": "p"}, (LayerCheck("p", "p", plain),), (Missed("p", "p", "p"),)
            ),
        ),
        "cases": (
            CasesCheck((NamedCheck(text, check, text),)),
            CasesCheck((NamedCheck("p", plain, "p"),)),
        ),
    }
    write = FORMATS["html"].render if cleaned else render
    excerpts = context.excerpts if kind == "check" else {"0": context.excerpts[""]}
    found, safe = (
        html.document_fromstring(write(one, replace(context, excerpts=excerpts)))
        for one in wrapped[kind]
    )
    # The same elements with the same attributes as of a harmless text.
    assert [tag.tag for tag in found.iter()] == [tag.tag for tag in safe.iter()]
    assert [sorted(tag.keys()) for tag in found.iter()] == [sorted(t.keys()) for t in safe.iter()]
    assert " ".join(text.split()) in " ".join(found.text_content().split())
    assert not any(address.startswith("javascript") for address in found.xpath("//@href | //@src"))


def test_are_labels_in_the_numbers_text_too():
    for text in HOSTILE:
        check, context = everywhere(text)
        page = render(check, context)
        document = html.document_fromstring(page).get_element_by_id("numbers-0").text
        assert not set("<>&\u2028") & set(document)
        assert json.loads(document)["outputs"][0]["label"] in (text, f"call of {text}")


def test_is_the_context_s_command_what_was_given():
    check, _ = everywhere("a")
    page = html.document_fromstring(render(check, Context(reproduce="convcheck --x '<b>' \"&\"")))
    assert page.get_element_by_id("again-0").text_content() == "convcheck --x '<b>' \"&\""
