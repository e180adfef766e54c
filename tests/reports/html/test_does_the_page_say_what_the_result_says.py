"""Does the page say the same as the other reports, and hold the numbers that it should?"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from lxml import html

from convcheck.excerpt.data import Encoded
from convcheck.reports.content import content
from convcheck.reports.content.blocks import GLUE, Line, Sections, Table
from convcheck.reports.html import render
from convcheck.reports.registry import FORMATS
from convcheck.reports.wording import headline_words
from tests.excerpt.decode import decoded
from tests.reports.html.results import cases, everything, model, others
from tests.reports.quantized import image


def parsed(result, context):
    return html.document_fromstring(render(result, context))


def words(text: str) -> str:
    return " ".join(text.replace(GLUE, " ").split())


@pytest.mark.parametrize("kind", everything())
def test_is_the_verdict_that_of_the_other_formats(kind):
    result, context = everything()[kind]
    page = parsed(result, context)
    if kind == "implementations":
        assert not page.xpath("//*[@id='exit-code']")
        return
    code = page.get_element_by_id("exit-code").text
    document = json.loads(FORMATS["json"].render(result, context))
    assert code == str(document.get("exit_code", getattr(result, "exit_code", None)))
    (headline,) = page.xpath("//h1")
    text = FORMATS["text"].render(result, context)
    assert re.search(rf"^{headline.text}\b", text, re.MULTILINE)
    assert page.xpath("string(//title)").startswith(headline.text)
    if "verdict" in document and kind not in ("no layers", "two models, nothing"):
        assert headline.text == headline_words(result.verdict, result.exit_code)


@pytest.mark.parametrize("kind", everything())
def test_is_every_text_of_the_report_in_the_page(kind):
    result, context = everything()[kind]
    page = words(parsed(result, context).text_content())
    for block in content(result, context):
        texts = []
        if isinstance(block, Line):
            texts = [part.plain for part in block.parts]
        elif isinstance(block, Table):
            texts = [*block.header, *(cell.plain for row in block.rows for cell in row)]
        elif isinstance(block, Sections):
            # Places that are told by name alone are told whole in the page.
            rows = [(label, text) for label, text in block.rows if label != "also"]
            texts = [part for label, text in rows for part in (label, text.plain)]
        for text in texts:
            assert words(text) in page


def test_says_the_page_what_the_text_report_leaves_out():
    result, context = cases()["different"]
    page = words(parsed(result, context).text_content())
    for one in ("call of b", "float32/float32/float32", "kernel[::-1, ::-1]", "kernel-transpose"):
        assert one in page
    assert "convcheck compare" in page
    result, context = cases()["crashed"]
    assert words(result.judgements[2].message) in words(parsed(result, context).text_content())


def test_are_a_model_s_failing_layers_first_and_open():
    result, context = model(6)
    page = parsed(result, context)
    rows = page.xpath("//table[@class='sortable']/tbody/tr")
    links = [row.xpath(".//a/@href")[0] for row in rows]
    failing = [i for i, layer in enumerate(result.layers) if layer.check.exit_code]
    worst = sorted(failing, key=lambda i: -result.layers[i].over_bound)
    passing = [i for i in range(6) if i not in failing]
    assert failing == [1, 4]
    assert links == [f"#inside-{i}" for i in [*worst, *passing]]
    opened = page.xpath("//details[@open]/ancestor::section/@data-case")
    assert opened == [str(i) for i in failing]
    values = [float(row.xpath("td/@data-value")[0]) for row in rows]
    assert values == [*worst, *passing]


def test_is_each_case_followed_by_its_own_numbers():
    result, context = model(6)
    page = parsed(result, context)
    for i, _ in enumerate(result.layers):
        document = json.loads(page.get_element_by_id(f"numbers-{i}").text)
        values = context.excerpts[str(i)].numbers.outputs[1].values
        assert document["outputs"][1]["values"]["data"] == base64.b64encode(values.data).decode()


def array(document) -> np.ndarray:
    return decoded(
        Encoded(document["dtype"], tuple(document["shape"]), base64.b64decode(document["data"]))
    )


def test_are_the_numbers_as_the_script_reads_them():
    result, context = cases()["nan"]
    page = parsed(result, context)
    document = json.loads(page.get_element_by_id("numbers-0").text)
    assert set(document) == {
        *("shape", "region", "input", "kernel", "group", "reads", "bias", "exact", "outputs"),
        *("worst", "unit"),
    }
    assert document["shape"] == list(result.case.output_shape)
    assert document["region"] == [[0, size] for size in document["shape"]]
    for judgement, one in zip(result.judgements, document["outputs"], strict=True):
        values = array(one["values"])
        assert np.array_equal(values, judgement.output.array, equal_nan=True)
        assert one["dtype"] == values.dtype.name
        assert one["status"] == judgement.status.value
        assert one["fits"] is True
        assert array(one["over"]).shape == values.shape
    assert page.get_element_by_id("viewer-0").attrib["hidden"] is not None


def test_has_a_quantized_case_its_sums_real_numbers_and_formulas():
    """Against Python's integers and fractions, at a corner, at an edge and inside."""
    result, context = cases()["quantized"]
    document = json.loads(parsed(result, context).get_element_by_id("numbers-0").text)
    case, p = image().case, image().parameters
    sums, real = array(document["sums"]), array(document["exact"])
    assert document["unit"] == "steps"
    assert document["zeros"] == {"input": -5, "kernel": [0]}
    assert np.array_equal(array(document["input"]["array"]), case.input)
    for row, column, channel in [(0, 0, 0), (8, 5, 1), (4, 6, 0), (7, 10, 1)]:
        total = int(case.bias[channel])
        for i in range(max(row - 1, 0), min(row + 2, 9)):
            for j in range(max(column - 1, 0), min(column + 2, 11)):
                for c in range(3):
                    weight = int(case.kernel[i - row + 1, j - column + 1, c, channel])
                    total += (int(case.input[0, i, j, c]) + 5) * weight
        assert sums[0, row, column, channel] == total
        m = Fraction(float(p.i)) * Fraction(float(p.w[channel])) / Fraction(float(p.o))
        value = min(max(m * total - 9, -128), 127)
        assert abs(Fraction(float(real[0, row, column, channel])) - value) < Fraction(1, 10**9)
    formulas = {one["label"].split(", ")[0]: array(one["values"]) for one in document["formulas"]}
    assert len(formulas) == 3
    for judgement, name, one in zip(
        result.judgements, ["F1", "D"], document["outputs"], strict=True
    ):
        assert np.array_equal(formulas[name], judgement.output.array)
        assert array(one["error"]).max() <= 0.75


def test_is_the_difference_of_integers_drawn_in_steps():
    result, context = cases()["quantized"]
    a, b = (one.output.array[..., 1].astype(int)[0] for one in result.judgements)
    planes = context.excerpts[""].planes
    assert planes.at[-1] == 1
    assert np.array_equal(planes.difference, np.abs(a - b))
    (figure,) = parsed(result, context).xpath("//figure[@data-layer='difference']")
    assert "steps of the output (1)" in words(figure.text_content())


def test_are_sums_beside_outputs_judged_but_not_drawn():
    result, context = cases()["quantized, sums beside"]
    document = json.loads(parsed(result, context).get_element_by_id("numbers-0").text)
    assert [one["fits"] for one in document["outputs"]] == [True, False]
    result, context = cases()["quantized, sums alone"]
    document = json.loads(parsed(result, context).get_element_by_id("numbers-0").text)
    assert np.array_equal(array(document["outputs"][0]["values"]), array(document["exact"]))
    assert document["unit"] == "units"
    said = words(parsed(result, context).text_content())
    assert "at most 0 units; up to 0 is the best possible" in said
    assert "summed error in units" in said
    assert "error in steps" not in said


def test_is_it_said_which_numbers_the_page_holds():
    said = {kind: parsed(*cases()[kind]).text_content() for kind in ("rounding", "too large")}
    assert "holds the numbers of all 198 outputs" in said["rounding"]
    assert "too large for the page" in said["too large"]
    result, context = cases()["rounding"]
    numbers = context.excerpts[""].numbers
    part = replace(
        context.excerpts[""], numbers=replace(numbers, region=((0, 1), (2, 5), (0, 11), (1, 2)))
    )
    text = parsed(result, replace(context, excerpts={"": part})).text_content()
    assert "33 of 198 outputs, those of [:, 2:5, :, 1]" in text


def test_is_a_page_written_without_any_excerpt():
    for kind in ("cases", "model"):
        result, context = others()[kind]
        page = parsed(result, replace(context, excerpts={}))
        assert not page.xpath("//figure | //script[@type]")
        assert page.xpath("//section")
