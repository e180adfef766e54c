"""Is the text report as wide as the terminal, with no word, label or number broken?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcheck.model.results import LayerCheck, ModelCheck
from convcheck.reports.context import Context, Setting
from convcheck.reports.labels import labels
from convcheck.reports.registry import FORMATS
from convcheck.reports.text import render
from convcheck.results import BudgetPart, Finding, ImplementationInfo
from tests.reports import sweeps
from tests.reports.checks import made, output, right, small_case
from tests.reports.results import check_of

WIDTHS = (60, 80, 100, 200)
DEEP = "file:results/of a long run/on the second machine/with float16/layer-{}.npy"


def found(check, *findings):
    return replace(check, findings=findings, blind_spots=("kernel-flip", "channel-order"),
                   hints={"kernel-flip": "--kernel random", "channel-order": "--kernel random"},
                   warnings=("a kernel of zeros shows next to nothing",))  # fmt: skip


def file(i, y):
    return replace(output(DEEP.format(i), y), call=f"layer-{i}.npy")


def reports():
    case = small_case()
    y = right(case)
    flip = Finding("kernel-flip", "b", "proved", "call of b computes the kernel flipped",
                   fix="torch: F.conv2d(x, weight.flip(2, 3), padding=1). tensorflow: "
                       "tf.nn.conv2d(x, kernel[::-1, ::-1], strides=1, padding='SAME')",
                   departs=True)  # fmt: skip
    nan = y.copy()
    nan[0, 0, 0, 0] = np.nan
    yield "identical", made(output("a", y), output("b", y))
    yield "rounding", made(output("a", y), output("b", y.astype("f4")))
    yield "different", found(made(output("a", y), output("b", y + 1)), flip)
    yield "not finite", made(output("a", y), output("b", nan))
    yield "absent", made(output("a", y), output("b", None, message="ModuleNotFoundError: no " * 9))
    yield "alone", made(output("a", y.astype("f2")))
    yield "files", found(made(file(1, y), file(2, y + 1)), flip)
    for kind in ("quantized", "quantized-report", "quantized-different", "quantized-shape"):
        yield kind, replace(
            check_of(kind),
            alike=(("D/Mdbl", "D/Mf"), ("F1", "F2", "FB", "Q2", "ON", "ON'")),
            budget=tuple(BudgetPart(who, part, size) for who in ("xnnpack", "reference")
                         for part, size in (("input", 12.345), ("rounding", 0.5), ("excess", 0))),
        )  # fmt: skip
    yield "many", made(*(output(f"implementation{i}", y + i) for i in range(8)))
    yield "many files", made(*(file(i, y + i) for i in range(6)))
    layer = made(output("keras", y), output("tf", y + 1))
    rows = [LayerCheck(f"block{i}/depthwise_separable_convolution_{i}", "Conv2D", layer)
            for i in range(4)]  # fmt: skip
    versions = {"keras": "3.15.1", "tensorflow": "2.21.0"}
    yield (
        "model",
        ModelCheck("a/folder/model.keras", "random (1, 64, 64, 3)", versions, tuple(rows)),
    )
    yield from ((f"sweep {name}", make()) for name, make in sweeps.RESULTS.items())
    yield "list", [ImplementationInfo("tf", "tf.nn.conv2d", True, None, {"tensorflow": "2.21"},
                                      "cpu", ("mode", "device"), "pip install tensorflow"),
                   ImplementationInfo("torch", "torch.nn.functional.conv2d", False,
                                      "OSError: " + "libtorch.so: cannot open " * 6, {}, None,
                                      (), "pip install torch")]  # fmt: skip


REPORTS = dict(reports())
SETTINGS = (Setting("--strides", "2", "CONVCHECK_STRIDES"),)


def text(name, width):
    return render(REPORTS[name], Context(width=width, settings=SETTINGS))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", REPORTS)
def test_is_no_line_longer_than_the_terminal(name, width):
    for line in text(name, width).splitlines():
        if line.startswith("  run "):
            continue  # a command is to be copied in one line
        indent = len(line) - len(line.lstrip())
        # A word that fits in no line stands alone in its own.
        assert len(line) <= width or " " not in line[indent:].strip(), line


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", [name for name in REPORTS if not name.startswith("many")])
def test_is_no_word_or_number_broken(name, width):
    assert sorted(set(text(name, width).split())) == sorted(set(text(name, 10_000).split()))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["files", "many", "many files", "rounding"])
def test_is_no_label_broken(name, width):
    shown = text(name, width)
    for label in labels(REPORTS[name].judgements).values():
        assert label in shown


def test_do_two_files_of_a_deep_folder_fit_into_80_columns():
    shown = text("files", 80)
    assert "results/of a long run" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for words in ("layer-1.npy", "layer-2.npy", "18 of 18 outputs leave their bound"):
        assert words in " ".join(shown.split())


def test_are_files_called_by_their_labels_in_every_line():
    """Two equal files, with a limit and a note that hold their whole names."""
    y = right(small_case())
    a, b = DEEP.format(1), DEEP.format(2)
    check = replace(
        made(file(1, y), file(2, y)),
        warnings=(f"{a} and {b} equal each other",),
        failures=(f"--max-sum 1: {a} and {b} differ by 2 in all",),
    )
    shown = render(check, Context(width=80))
    assert "results/of" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "layer-1.npy and layer-2.npy equal each other" in shown
    assert "--max-sum 1: layer-1.npy and layer-2.npy differ by 2 in all" in shown


def test_do_v_and_json_have_the_whole_names():
    for check in (REPORTS["files"], REPORTS["many files"]):
        verbose = " ".join(render(check, Context(width=80, verbose=True)).split())
        document = FORMATS["json"].render(check, Context())
        for name, label in labels(check.judgements).items():
            assert f"{label} is {name}" in verbose
            assert f'"name": "{name}"' in document
    alike = render(REPORTS["rounding"], Context(verbose=True))
    assert "names" not in alike


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["file:a/x.npy", "file:b/x.npy"], ["a/x.npy", "b/x.npy"]),
        (["file:a/x.npy", "file:a/y.npy"], ["x.npy", "y.npy"]),
        (["file:x.npy", "file:b/x.npy"], ["x.npy", "b/x.npy"]),
        (["file:x.npy?dtype=float32", "file:x.npy"], ["x.npy?dtype=float32", "x.npy"]),
        (["file:x.npy?dtype=float32"], ["x.npy"]),
        (["file:/c/x.npy (recorded)", "file:d/y.npy"], ["x.npy (recorded)", "y.npy"]),
        (["tf", "tf?mode=graph"], ["call of tf", "tf?mode=graph"]),
    ],
)
def test_is_the_label_the_shortest_text_that_tells_it_apart(names, expected):
    y = right(small_case())
    made_of = made(*(output(name, y) for name in names))
    assert list(labels(made_of.judgements).values()) == expected
