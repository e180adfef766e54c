"""How fast is the exact result beside what others compute?

    python tests/benchmarks/how_fast_is_exact.py

Prints medians of interleaved runs, so that whoever else uses the machine disturbs all alike,
their ratios, and the peak memory above operands and results. Not a test: exit code 0 always.
Needs tensorflow, scipy, onnx, Pillow and scikit-learn's sample images.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.truth.exact import approximate, exact

Run = Callable[[], object]


def china() -> np.ndarray:
    from PIL import Image

    found = importlib.util.find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin).parent / "datasets" / "images" / "china.jpg"
    return np.asarray(Image.open(path))[None] / 255.0


def seed_case() -> Case:
    kernel = np.ones((7, 7, 3, 1), np.float64)
    return Case(ConvSpec.make((7, 7)), china(), kernel)


def deep_case() -> Case:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 56, 56, 256)).astype(np.float32)
    kernel = rng.standard_normal((3, 3, 256, 256)).astype(np.float32)
    return Case(ConvSpec.make((3, 3)), x, kernel)


def tensorflow(case: Case) -> Run:
    import tensorflow as tf

    x, k = tf.constant(case.input, tf.float64), tf.constant(case.kernel, tf.float64)
    return lambda: tf.nn.conv2d(x, k, 1, "SAME").numpy()


def scipy_direct(case: Case) -> Run:
    from scipy.signal import correlate

    padded = np.pad(case.input[0], ((3, 3), (3, 3), (0, 0)))
    return lambda: correlate(padded, case.kernel[..., 0], mode="valid", method="direct")


def onnx_reference(case: Case) -> Run:
    import onnx
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator

    x, w, y = (
        helper.make_tensor_value_info(name, TensorProto.DOUBLE, (None,) * 4) for name in "xwy"
    )
    node = helper.make_node("Conv", ["x", "w"], ["y"], pads=[3, 3, 3, 3])
    model = helper.make_model(helper.make_graph([node], "conv", [x, w], [y]))
    onnx.checker.check_model(model)
    session = ReferenceEvaluator(model)
    image = np.ascontiguousarray(np.moveaxis(case.input, -1, 1))
    kernel = np.ascontiguousarray(case.kernel.transpose(3, 2, 0, 1))
    return lambda: session.run(None, {"x": image, "w": kernel})


def medians(runs: dict[str, tuple[Run, int]]) -> dict[str, float]:
    """Seconds; the runs take turns, each its own number of times, after one to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for run, _ in runs.values():
        run()
    for turn in range(max(times for _, times in runs.values())):
        for name, (run, times) in runs.items():
            if turn < times:
                start = time.perf_counter()
                run()
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def first_calls(names: Sequence[str], processes: int = 3) -> dict[str, float]:
    """Median seconds of the first call in a fresh process: what a check in CI pays once."""
    taken: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(processes):
        for name in names:
            done = subprocess.run(
                [sys.executable, __file__, "--first", name], capture_output=True, check=True
            )
            taken[name].append(float(done.stdout.split()[-1]))
    return {name: statistics.median(times) for name, times in taken.items()}


def first_call(name: str) -> None:
    """Prepare one of the runs, then time its very first call."""
    case = seed_case()
    run = onnx_reference(case) if name == "onnx reference" else lambda: exact(case)
    start = time.perf_counter()
    run()
    print(time.perf_counter() - start)


def peak_above(run: Callable[[Case], Any], size: int) -> float:
    """MB of NumPy's arrays above operands and results, while an image of this size is done."""
    image = np.random.default_rng(0).random((1, size, size, 3))
    case = Case(ConvSpec.make((7, 7)), image, np.ones((7, 7, 3, 1)))
    tracemalloc.start()
    result = run(case)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - sum(array.nbytes for array in vars(result).values())) / 2**20


def main() -> None:
    seed = seed_case()
    found = medians(
        {
            "exact": (lambda: exact(seed), 15),
            "tf.nn.conv2d float64": (tensorflow(seed), 15),
            "scipy direct": (scipy_direct(seed), 5),
            "onnx reference": (onnx_reference(seed), 3),
            "value and A": (lambda: approximate(seed), 15),
        }
    )
    print("china.jpg, 7x7x3 kernel of ones, float64")
    for name, seconds in found.items():
        print(f"  {name:22} {seconds * 1e3:9.1f} ms   exact: {found['exact'] / seconds:.3f} of it")
    cold = first_calls(["exact", "onnx reference"])
    ratio = cold["exact"] / cold["onnx reference"]
    print(f"  first call in a fresh process: exact {cold['exact']:.3f} s, ", end="")
    print(f"onnx reference {cold['onnx reference']:.3f} s, exact: {ratio:.3f} of it")
    deep = deep_case()
    found = medians(
        {
            "tf.nn.conv2d float64": (tensorflow(deep), 7),
            "value and A": (lambda: approximate(deep), 7),
            "exact everywhere": (lambda: exact(deep), 5),
        }
    )
    print("(56, 56, 256) with a 3x3x256x256 normal kernel, float32")
    for name, seconds in found.items():
        ratio = seconds / found["tf.nn.conv2d float64"]
        print(f"  {name:22} {seconds * 1e3:9.1f} ms   {ratio:.2f} of tf.nn.conv2d")
    print("peak memory above operands and results")
    for call in (exact, approximate):
        for size in (512, 2048):
            print(f"  {call.__name__:12} {size}x{size}x3 {peak_above(call, size):8.1f} MB")


if __name__ == "__main__":
    first_call(sys.argv[2]) if sys.argv[1:2] == ["--first"] else main()
