"""Does each command write a page that holds its cases' own numbers and agrees with the others?"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from lxml import html

from convcheck.case.bundle import pack, unpack
from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.excerpt.data import Encoded
from convcheck.truth.exact import exact
from tests.excerpt.decode import decoded


def numbers(page, case: int):
    (script,) = page.xpath(f"//script[@id='numbers-{case}']")
    return json.loads(script.text)


def array(document) -> np.ndarray:
    data = base64.b64decode(document["data"])
    return decoded(Encoded(document["dtype"], tuple(document["shape"]), data))


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    x, k = rng.standard_normal((1, 6, 7, 2)), rng.standard_normal((3, 3, 2, 2))
    y = exact(Case(ConvSpec.make((3, 3)), x, k)).hi
    wrong = y.astype(np.float32)
    wrong[0, 3, 4, 1] += 0.5
    for name, values in {"x": x, "k": k, "a": y, "b": wrong}.items():
        np.save(tmp_path / f"{name}.npy", values)
    return tmp_path


CASE = "--input x.npy --kernel k.npy -i file:a.npy -i file:b.npy".split()


def test_does_compare_write_all_formats_of_one_run(convcheck_command, files):
    done = convcheck_command(
        "compare", *CASE, "-o", "r.html", "-o", "r.json", "-o", "r.txt", "--save", "r.npz"
    )
    assert (done.returncode, done.stdout) == (1, "")
    page = html.document_fromstring((files / "r.html").read_text())
    document = json.loads((files / "r.json").read_text())
    assert page.get_element_by_id("exit-code").text == "1" == str(document["exit_code"])
    assert page.xpath("//h1")[0].text == "DIFFERENT"
    assert re.search("^DIFFERENT", (files / "r.txt").read_text(), re.MULTILINE)
    assert page.get_element_by_id("again-0").text == document["reproduce"]
    held = numbers(page, 0)
    for one, name in zip(held["outputs"], "ab", strict=True):
        assert np.array_equal(array(one["values"]), np.load(files / f"{name}.npy"))
    assert held["worst"][0] == [0, 3, 4, 1]
    assert [one["label"] for one in held["outputs"]] == ["a.npy", "b.npy"]


@pytest.mark.slow
def test_has_the_page_of_several_bundles_the_numbers_of_each(convcheck_command, files):
    saved = convcheck_command("compare", *CASE, "--save", "one.npz", "-q")
    assert saved.returncode == 1
    bundle = unpack(str(files / "one.npz"))
    other = [replace(one, array=one.array * 2) for one in bundle.outputs]
    (files / "two.npz").write_bytes(pack(bundle.case, other, "1"))
    text = convcheck_command("verify", "one.npz", "two.npz")
    done = convcheck_command("verify", "one.npz", "two.npz", "-o", "r.html", "-o", "-")
    assert done.stdout == text.stdout  # taking numbers changes nothing else
    assert done.returncode == text.returncode
    page = html.document_fromstring((files / "r.html").read_text())
    assert page.get_element_by_id("exit-code").text == str(done.returncode)
    for i, outputs in enumerate((bundle.outputs, other)):
        held = numbers(page, i)["outputs"]
        for one, given in zip(held, outputs, strict=True):
            assert np.array_equal(array(one["values"]), given.array)
    assert page.get_element_by_id("again-1").text == "convcheck verify two.npz"


@pytest.mark.slow
def test_is_the_page_of_what_cannot_run_a_page_too(convcheck_command, files):
    done = convcheck_command(
        *("compare", "--input", "x.npy", "--kernel", "k.npy", "-i", "python:no_such:f"),
        *("-o", "r.html"),
    )
    assert done.returncode == 3, done.stderr
    page = html.document_fromstring((files / "r.html").read_text())
    assert page.xpath("//h1")[0].text == "UNDECIDED"
    assert not page.xpath("//figure")
    assert "no_such" in page.text_content()


def test_does_a_page_go_to_standard_output(convcheck_command, files):
    done = convcheck_command("compare", *CASE, "--format", "html")
    assert done.returncode == 1
    assert done.stdout.startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith("</html>")
