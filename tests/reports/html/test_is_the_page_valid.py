"""Is each page valid HTML that loads nothing, runs nothing but its own script, and reads well?"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import html

from convcheck.cli import output_files
from convcheck.cli.reporting import Reporting
from convcheck.errors import UsageError
from convcheck.reports.html import render, templates
from convcheck.reports.html.pixels import STOPS
from convcheck.reports.registry import FORMATS
from tests.reports.html.results import cases, everything

STYLE = (Path(templates.__file__).parents[1] / "page.css").read_text()
KINDS = list(everything())


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: render(result, context) for name, (result, context) in everything().items()}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_does_a_validator_find_no_fault(pages, kind):
    tidy = shutil.which("tidy")
    if tidy is None and not os.environ.get("CONVCHECK_ALL_FRAMEWORKS"):
        pytest.skip("tidy is not installed")
    assert tidy, "tidy must be installed"
    done = subprocess.run([tidy, "-e", "-q"], input=pages[kind], capture_output=True, text=True)
    # A link inside SVG has a plain href since SVG 2, of which tidy does not know.
    faults = [
        line for line in done.stderr.splitlines() if '<a> proprietary attribute "href"' not in line
    ]
    assert faults == []


@pytest.mark.slow
def test_does_the_validator_find_a_fault_at_all(pages):
    tidy = shutil.which("tidy")
    if tidy is None:
        pytest.skip("tidy is not installed")
    broken = pages["rounding"].replace("</table>", "</tabel>", 1)
    done = subprocess.run([tidy, "-e", "-q"], input=broken, capture_output=True, text=True)
    assert done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_does_a_page_load_and_run_nothing_of_others(pages, kind):
    text = pages[kind]
    page = html.document_fromstring(text)
    addresses = page.xpath("//@src | //@href | //@action | //@data | //@srcset | //@poster")
    assert all(one.startswith(("data:image/", "#")) or one == "data:," for one in addresses)
    assert "@import" not in text
    assert not re.search(r"url\(", STYLE)
    assert not page.xpath("//@*[starts-with(name(), 'on')] | //@style")
    assert not page.xpath("//iframe | //object | //embed | //base | //form | //link[@rel!='icon']")


@pytest.mark.parametrize("kind", KINDS)
def test_does_the_policy_allow_just_the_page_s_own(pages, kind):
    page = html.document_fromstring(pages[kind])
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    scripts = page.xpath("//script[not(@type)]")
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    for tags, rule in ((scripts, "script-src"), (page.xpath("//style"), "style-src")):
        (tag,) = tags
        digest = base64.b64encode(hashlib.sha256(tag.text.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert {tag.get("type") for tag in page.xpath("//script")} <= {None, "application/json"}


@pytest.mark.parametrize("kind", KINDS)
def test_has_a_page_what_every_page_needs(pages, kind):
    text = pages[kind]
    page = html.document_fromstring(text)
    assert text.startswith("<!doctype html>")
    assert page.get("lang") == "en"
    assert len(page.xpath("//h1")) == 1
    assert page.xpath("//meta[@name='viewport']/@content") == [
        "width=device-width, initial-scale=1"
    ]
    ids = page.xpath("//@id")
    assert len(set(ids)) == len(ids)
    assert {a[1:] for a in page.xpath("//a/@href")} <= set(ids)
    assert {target[1:] for target in page.xpath("//@data-copy")} <= set(ids)
    assert all(image.get("alt") for image in page.xpath("//img"))
    assert page.xpath("string(//title)").strip()


def test_has_every_button_something_to_copy_and_waits_for_the_script(pages):
    for text in pages.values():
        page = html.document_fromstring(text)
        for button in page.xpath("//button"):
            assert "hidden" in button.attrib
            assert page.get_element_by_id(button.get("data-copy")[1:]).text_content().strip()


def test_are_there_pictures_of_every_case_of_which_there_are_numbers(pages):
    for kind, (check, context) in cases().items():
        page = html.document_fromstring(pages[kind])
        layers = page.xpath("//figure/@data-layer")
        if not context.excerpts:
            assert not layers
            continue
        numbers = [i for i, _ in enumerate(check.judgements) if f"output-{i}" in layers]
        shape = check.case.output_shape
        arrays = [j.output.array if check.is_comparable(j) else None for j in check.judgements]
        fitting = [i for i, a in enumerate(arrays) if a is not None and a.shape == shape]
        assert numbers == fitting
        measured = [i for i in fitting if check.judgements[i].maps]
        assert measured or check.of_sums
        assert {"input", "exact", *(f"over-{i}" for i in measured)} <= set(layers)
        assert ("difference" in layers) == (len(fitting) > 1)


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """By WCAG 2.2, relative luminance."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_is_every_text_easy_to_read_in_both_colour_schemes():
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    )
    assert light.keys() == dark.keys()
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    for colors in (light, dark):
        pairs = [(ink, back) for ink in ("text", "soft", "link") for back in ("page", "card")]
        pairs += [("text", "code"), ("soft", "code"), ("text", "neutral-back")]
        for ink in ("good", "bad", "unsure"):
            pairs += [(ink, f"{ink}-back"), (ink, "card"), (ink, "page")]
        for ink, back in pairs:
            assert contrast(colors[ink], colors[back]) >= 4.5, (ink, back)
        for i in range(6):
            assert contrast(colors[f"c{i}"], colors["card"]) >= 3  # lines


def test_is_the_colour_bar_that_of_the_pictures():
    for name, stops in STOPS.items():
        if name == "gray":
            continue
        (bar,) = re.findall(rf"\.bar\.{name} \{{ background: ([^;]*);", STYLE)
        assert re.findall(r"#(\w{6})", bar) == stops


def test_is_it_told_what_to_install_where_a_package_lacks(monkeypatch, tmp_path):
    monkeypatch.setattr("convcheck.reports.registry.find_spec", lambda name: None)
    reporting = Reporting(outputs=(str(tmp_path / "r.html"),))
    with pytest.raises(UsageError, match=r"html needs .* pip install jinja2 pillow"):
        output_files.check(reporting)
    output_files.check(Reporting(outputs=(str(tmp_path / "r.json"),)))


def test_is_the_page_offered_for_its_suffixes():
    assert FORMATS["html"].suffixes == (".html", ".htm")
    assert FORMATS["html"].shows_numbers
