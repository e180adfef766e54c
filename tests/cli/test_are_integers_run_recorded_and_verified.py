"""Does the command run integers on the runtimes, record them, and find what changed?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from convcheck.case.bundle import pack, unpack
from tests.implementations.conftest import installed
from tests.quantized.engines import has_vnni

CASE = (
    *("--input", "random", "--input-shape", "1,9,9,4", "--quantize", "int8"),
    *("--kernel", "random", "--kernel-size", "3", "--filters", "5", "--bias", "random"),
)
EXACT = ("-i", "numpy", "-i", "numpy?rounding=DU/Mdbl")


@pytest.fixture
def ran(convcheck_command):
    """(exit code, JSON report) of a command; of a mistake (2, its line)."""

    def run(*arguments, **settings):
        done = convcheck_command(*arguments, "--format", "json", **settings)
        if done.returncode == 2:
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1
            return 2, done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def written():
    """The bytes of the bundle, once there are any: a run is enough."""
    return []


@pytest.fixture
def bundle(ran, tmp_path, written):
    """A bundle of a quantized case."""
    path = tmp_path / "b.npz"
    if not written:
        code, _ = ran("compare", *CASE, *EXACT, "--save", str(path))
        assert code == 0
        written.append(path.read_bytes())
    path.write_bytes(written[0])
    return path


@pytest.mark.slow
def test_does_a_bundle_of_integers_come_out_the_same(ran, bundle) -> None:
    code, report = ran("verify", str(bundle), "--identical")
    assert (code, report["verdict"]) == (0, "identical")
    assert [row["name"] for row in report["implementations"]] == [
        *("numpy (recorded)", "numpy?rounding=DU/Mdbl (recorded)"),
        *("numpy", "numpy?rounding=DU/Mdbl"),
    ]
    assert {row["dtypes"]["output"] for row in report["implementations"]} == {"int8"}


@pytest.mark.slow
def test_is_a_changed_integer_found(ran, bundle) -> None:
    recorded = unpack(str(bundle))
    first, second = recorded.outputs
    array = first.array.copy()
    array[0, 3, 4, 2] ^= 8
    changed = [replace(first, array=array), second]
    bundle.write_bytes(pack(recorded.case, changed, "1", recorded.quantization))
    code, report = ran("verify", str(bundle))
    assert (code, report["verdict"]) == (1, "different")
    first_pair, second_pair = report["differences"]
    assert (first_pair["unequal"], first_pair["max_abs"]) == (1, 8)
    assert first_pair["worst_index"] == [0, 3, 4, 2]
    assert second_pair["unequal"] == 0


@pytest.mark.slow
def test_are_scales_that_changed_found(ran, bundle) -> None:
    """The sums are the same, what they stand for is not."""
    recorded = unpack(str(bundle))
    other = replace(recorded.quantization, output_scale=recorded.quantization.output_scale * 2)
    bundle.write_bytes(pack(recorded.case, recorded.outputs, "1", other))
    code, report = ran("verify", str(bundle))
    assert (code, report["verdict"]) == (1, "different")
    statuses = [row["status"] for row in report["implementations"]]
    assert statuses[:2] == ["outside-bound", "outside-bound"]


@pytest.mark.slow
def test_is_another_implementation_chosen_for_a_bundle_of_integers(ran, bundle) -> None:
    code, report = ran("verify", str(bundle), "-i", "numpy?rounding=F2")
    assert code == 0
    assert report["implementations"][-1]["call"] == "numpy, exact sums, F2"
    code, line = ran("verify", str(bundle), "-i", "scipy")
    assert code == 2
    assert "'scipy' computes no quantized convolutions; litert, onnxruntime" in line


@pytest.mark.slow
def test_are_integers_refused_whose_parameters_do_not_fit(ran, bundle) -> None:
    recorded = unpack(str(bundle))
    wrong = replace(recorded.quantization, kernel_scales=(0.1, 0.2))
    bundle.write_bytes(pack(recorded.case, recorded.outputs, "1", wrong))
    code, line = ran("verify", str(bundle))
    assert code == 2
    assert "b.npz: 2 kernel scales for a kernel of 5 output channels" in line


@pytest.fixture
def recorded(tmp_path):
    """Options of integers that were recorded: large uint8 numbers, whose pairs leave 16 bits."""
    rng = np.random.default_rng(9)

    def options(groups, bias=True):
        arrays = {
            "input": rng.integers(128, 256, (1, 12, 12, 8)).astype(np.uint8),
            "kernel": rng.choice([-127, -90, 110, 127], (3, 3, 8 // groups, 8)).astype(np.int8),
            "kernel-scale": rng.uniform(0.001, 0.01, 8).astype(np.float32),
        }
        if groups > 1:
            arrays["input"] = (arrays["input"].astype(int) - 128).astype(np.int8)
        if bias:
            arrays["bias"] = np.zeros(8, np.int32)
        words = []
        for name, array in arrays.items():
            np.save(tmp_path / f"{name}.npy", array)
            words += [f"--{name}", str(tmp_path / f"{name}.npy")]
        given = {"input-scale": 0.02, "input-zero-point": 40, "output-scale": 1.7, "padding": 1}
        given["groups"] = groups
        for name, value in given.items():
            words += [f"--{name}", str(value)]
        return words

    return options


@pytest.mark.slow
@pytest.mark.skipif(not has_vnni(), reason="elsewhere both saturate")
def test_are_pairs_that_one_processor_saturates_named(ran, recorded) -> None:
    installed("torch")
    old = "torch?engine=onednn&ONEDNN_MAX_CPU_ISA=AVX2"
    code, report = ran("compare", *recorded(groups=1), "-i", "torch?engine=onednn", "-i", old)
    assert (code, report["verdict"]) == (1, "different")
    here, there = report["implementations"]
    assert here["requantization"]["reproduced_by"]
    assert there["status"] == "outside-bound"
    (finding,) = report["findings"]
    assert (finding["cause"], finding["status"]) == ("saturated-pairs", "proved")
    assert finding["implementation"] == old


@pytest.mark.slow
def test_does_a_crash_cost_its_row_alone(ran, recorded) -> None:
    installed("ai_edge_litert", "flatbuffers")
    code, report = ran(
        *("compare", *recorded(groups=8, bias=False)),
        *("-i", "litert?engine=builtin", "-i", "litert?engine=reference", "-i", "numpy"),
    )
    assert code == 3
    rows = [(row["status"], row["message"]) for row in report["implementations"]]
    assert rows[0] == ("crashed", "died with SIGSEGV")
    assert {status for status, _ in rows[1:]} <= {"exact", "within-bound"}


@pytest.mark.slow
def test_is_what_is_no_output_of_integers_a_mistake(ran, tmp_path) -> None:
    np.save(tmp_path / "y.npy", np.zeros((1, 9, 9, 5), np.float32))
    code, line = ran("compare", *CASE, "-i", f"file:{tmp_path / 'y.npy'}")
    assert code == 2
    assert "holds float32, and this case's output is int8; record int8, or the sums" in line
