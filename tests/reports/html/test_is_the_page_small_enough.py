"""Is a page small enough to send, whatever it is about?"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.case import Case
from convcheck.case.request import Request
from convcheck.case.spec import ConvSpec
from convcheck.cli.excerpts import Excerpts, of_one
from convcheck.model.results import LayerCheck, ModelCheck
from convcheck.reports.context import Context
from convcheck.reports.registry import FORMATS
from convcheck.truth.exact import exact
from tests.reports.checks import made, output
from tests.reports.html.results import case_of, outputs

MEGABYTE = 10**6


def written(result, excerpts) -> bytes:
    context = Context(reproduce="convcheck", excerpts=excerpts)
    return FORMATS["html"].render(result, context).encode()


def test_is_the_page_of_a_photograph_under_three_megabytes():
    case = build(Request(kernel="random", kernel_size=(7, 7)))
    y = exact(case).hi
    rng = np.random.default_rng(0)
    noisy = y * (1 + rng.standard_normal(y.shape) * 1e-15)
    check = made(output("a", noisy), output("b", y.astype("f4")), case=case, maps=True)
    taken = of_one(case, check)
    assert taken[""].numbers.size > MEGABYTE
    assert len(written(check, taken)) < 3 * MEGABYTE


def test_is_the_page_of_53_layers_under_five_megabytes():
    taken, layers = Excerpts(), []
    checked = []
    for seed in range(4):  # the same ones again and again: a page does not know
        case = case_of((1, 40, 40, 16), 16, seed=seed)
        flipped = (lambda y: np.negative(y, out=y)) if seed == 1 else lambda y: None
        check = made(*outputs(case, flipped), case=case, maps=True)
        checked.append((case, check))
    for i in range(53):
        case, check = checked[i % 4]
        taken.add(case, check, 53 - i)
        layers.append(LayerCheck(f"layer/{i}", "Conv2D", check))
    page = written(ModelCheck("net.keras", "random", {}, tuple(layers)), taken.found)
    sizes = [one.numbers.size for one in taken.found.values()]
    assert 2 * MEGABYTE < sum(sizes) <= 2.5 * MEGABYTE
    assert min(sizes) > 10_000
    assert np.mean(sizes[1::4]) > 2 * np.mean(sizes[0::4])  # those that fail
    assert len(page) < 5 * MEGABYTE


def test_has_the_last_case_room_when_all_before_fail():
    case = case_of((1, 30, 30, 8), 8)
    check = made(*outputs(case, lambda y: np.negative(y, out=y)), case=case, maps=True)
    taken = Excerpts(_left=400_000)
    for i in range(10):
        taken.add(case, check, 10 - i)
    sizes = [one.numbers.size for one in taken.found.values()]
    assert sum(sizes) <= 400_000
    assert min(sizes) > 20_000


def test_is_a_long_curve_cut_where_its_window_is_long():
    """The script reads where each tap reads: of a long filter that is most of a page."""
    x = np.random.default_rng(0).standard_normal((1, 4_000, 1))
    case = Case(ConvSpec.make((400,)), x, np.ones((400, 1, 1)))
    check = made(output("a", exact(case).hi), case=case, maps=True)
    assert len(written(check, of_one(case, check))) < 3 * MEGABYTE


BUILD = """
import keras
keras.applications.ResNet50(weights=None).save("net.keras")
"""


@pytest.mark.slow
def test_is_the_page_of_a_real_model_under_five_megabytes(convcheck_command, tmp_path):
    subprocess.run([sys.executable, "-c", BUILD], cwd=tmp_path, check=True, capture_output=True)
    done = convcheck_command("model", "net.keras", "-o", "r.html", "-o", "r.json", timeout=600)
    document = json.loads((tmp_path / "r.json").read_text())
    assert done.returncode == document["exit_code"] == 0, done.stderr
    assert len(document["layers"]) == 53
    page = (tmp_path / "r.html").read_bytes()
    assert len(page) < 5 * MEGABYTE
    assert page.count(b'<script type="application/json"') == 53


@pytest.mark.slow
def test_is_the_page_of_the_main_job_under_three_megabytes(convcheck_command, tmp_path):
    done = convcheck_command("compare", "-o", "r.html", timeout=600)
    assert done.returncode == 0, done.stderr
    assert MEGABYTE < (tmp_path / "r.html").stat().st_size < 3 * MEGABYTE
