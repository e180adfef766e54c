"""Does each format of the registry show each kind of result, and do commands offer it?"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from dataclasses import replace

import click
import pytest

from convcheck.cases import CasesCheck, NamedCheck
from convcheck.cli.commands import compare, conformance, implementations, model, verify
from convcheck.model.results import LayerCheck, ModelCheck
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from convcheck.results import ImplementationInfo
from convcheck.testing.outcome import ConformanceCheck, SpecResult, SuiteResult
from tests.cli.loading import HEAVY
from tests.reports import against, sweeps
from tests.reports.checks import made, output, right, small_case

CONTEXT = Context(reproduce="convcheck compare")


def results():
    check = made(output("name", right(small_case())))
    specs = (SpecResult("conv2d", "exact", None, 0.0, None),)
    layers = (LayerCheck("name", "Conv2D", check),)
    return {
        "check": check,
        "cases": CasesCheck((NamedCheck("name.npz", check),)),
        "conformance": ConformanceCheck((SuiteResult("name", {}, {}, 0, results=specs),)),
        "against": against.sound(a=against.side("name.keras", "name")),
        "sweep": sweeps.sound(implementations=(replace(sweeps.KERAS, name="name"),)),
        "model": ModelCheck("name.keras", "random", {}, layers),
        "implementations": [ImplementationInfo("name", "call", True, None, {}, None, (), "")],
    }


@pytest.mark.parametrize("kind", results())
@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_is_there_a_report_of_each_result(form, kind):
    text = form.render(results()[kind], CONTEXT)
    assert "name" in text
    assert not text.endswith("\n")


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
def test_is_something_else_than_a_result_refused(form):
    with pytest.raises(TypeError, match=r"report of a dict"):
        form.render({}, CONTEXT)


def test_is_each_suffix_one_format_s():
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize("module", [compare, model, verify, conformance, implementations])
def test_does_each_command_offer_each_format(module):
    (chosen,) = (one for one in module.command.params if one.name == "formats")
    assert isinstance(chosen.type, click.Choice)
    assert list(chosen.type.choices) == list(FORMATS)


def test_does_the_registry_load_nothing_heavy():
    code = "import sys, convcheck.reports.registry; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = done.stdout.split()
    assert "convcheck.reports.registry" in names
    assert not {name.partition(".")[0] for name in names} & {*HEAVY, "click"}
    assert not {form.module for form in FORMATS.values()} & set(names)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_are_the_options_of_quantized_cases_listed(form):
    row = ImplementationInfo("numpy", "call", True, None, {}, None, (), "")
    quantized = replace(row, quantized_options={"rounding": ("F1", "D/Mdbl")})
    text = FORMATS[form].render([quantized, replace(row, name="tf")], CONTEXT)
    if form == "json":
        options = [one["quantized_options"] for one in json.loads(text)["implementations"]]
        assert options == [{"rounding": ["F1", "D/Mdbl"]}, None]
        return
    shown = html.unescape(re.sub(r"<wbr>|\\(?=\W)", "", text))
    assert "with --quantize: numpy?rounding=F1|D/Mdbl" in " ".join(shown.split())
    assert "with --quantize" not in FORMATS[form].render([row], CONTEXT)
