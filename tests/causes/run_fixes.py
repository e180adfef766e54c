"""Runs the code of fixes in one framework, in a process of its own.

``python -m tests.causes.run_fixes FRAMEWORK`` reads pickled jobs and writes their pickled results:
a dict of arrays in convcheck's layouts, or the framework's refusal as text.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)

Namespace = dict[str, Any]
CALLED = "the code was called"
"""Key of a namespace in which the output is made already."""
Framework = Callable[["Job"], "tuple[Namespace, Callable[[Namespace], dict[str, Any]]]"]


@dataclass(frozen=True)
class Job:
    """Code of a fix, and the arrays that it is applied to, NHWC and HWIO."""

    code: str
    x: Any
    kernel: Any
    bias: Any
    y: Any = None
    """An output that is to be put right."""
    data_format: str = "NHWC"


def run(job: Job, make: Framework) -> dict[str, Any]:
    """The arrays after a statement, or the output of a call as ``y``."""
    names, back = make(job)
    if names.pop(CALLED, False):
        return back(names)
    try:
        names["y"] = eval(job.code, names)
    except SyntaxError:
        exec(job.code, names)
    return back(names)


def numpy(job: Job) -> tuple[Namespace, Any]:
    names = {"np": np, "x": job.x, "kernel": job.kernel, "bias": job.bias, "y": job.y}
    return names, lambda names: {key: names[key] for key in ("x", "kernel", "y")}


def _formatted(array: Any, data_format: str) -> Any:
    first = data_format == "NCHW" and array is not None
    return np.ascontiguousarray(channels_first(array)) if first else array


def _back(y: Any, data_format: str) -> Any:
    return channels_last(y) if data_format == "NCHW" and y is not None else y


def torch(job: Job) -> tuple[Namespace, Any]:
    import torch
    from torch.nn import functional

    from convcheck.implementations.frameworks.torch import array, tensor

    def first(a: Any) -> Any:
        return None if a is None else tensor(np.ascontiguousarray(channels_first(a)))

    names = {
        "torch": torch,
        "F": functional,
        "x": first(job.x),
        "y": first(job.y),
        "weight": tensor(np.ascontiguousarray(filters_first(job.kernel))),
        "bias": None if job.bias is None else tensor(job.bias),
    }

    def back(names: Namespace) -> dict[str, Any]:
        weight, y = array(names["weight"]), names["y"]
        return {
            "x": channels_last(array(names["x"])),
            "kernel": np.moveaxis(weight, (0, 1), (-1, -2)),
            "y": None if y is None else channels_last(array(y)),
        }

    return names, back


def tensorflow(job: Job) -> tuple[Namespace, Any]:
    import tensorflow as tf

    x = _formatted(job.x, job.data_format)
    names = {"tf": tf, "x": tf.constant(x), "kernel": tf.constant(job.kernel), "bias": job.bias}
    return names, lambda names: {"y": _back(names["y"].numpy(), job.data_format)}


def keras(job: Job) -> tuple[Namespace, Any]:
    import keras

    names: Namespace = {"keras": keras, "x": _formatted(job.x, job.data_format)}
    weights = [job.kernel] + ([] if job.bias is None else [job.bias])

    def weighted(kind: str) -> Callable[..., Any]:
        def make(*arguments: Any, **settings: Any) -> Callable[[Any], Any]:
            layer = getattr(keras.layers, kind)(*arguments, **settings)

            def call(x: Any) -> Any:
                layer.build(x.shape)
                layer.set_weights(weights)
                return layer(x)

            return call

        return make

    for rank in (1, 2, 3):
        names[f"ZeroPadding{rank}D"] = getattr(keras.layers, f"ZeroPadding{rank}D")
        for kind in (f"Conv{rank}D", f"Conv{rank}DTranspose"):
            names[kind] = weighted(kind)
    return names, lambda names: {"y": _back(np.asarray(names["y"]), job.data_format)}


def jax(job: Job) -> tuple[Namespace, Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    x = jax.numpy.asarray(_formatted(job.x, job.data_format))
    bias = None if job.bias is None else jax.numpy.asarray(job.bias)
    names = {"jax": jax, "x": x, "kernel": jax.numpy.asarray(job.kernel), "bias": bias}
    return names, lambda names: {"y": _back(np.asarray(names["y"]), job.data_format)}


def onnx(job: Job) -> tuple[Namespace, Any]:
    import onnxruntime
    from onnx import helper, numpy_helper

    cast = {"float32": np.float32, "float64": np.float64}
    word, _, call = job.code.rpartition(" before each input of ")
    dtype = next((made for name, made in cast.items() if name in word), job.x.dtype)

    def node(operator: str) -> Callable[..., Any]:
        def make(**attributes: Any) -> Any:
            weights = {"weight": np.ascontiguousarray(filters_first(job.kernel))}
            weights |= {} if job.bias is None else {"bias": job.bias}
            x = np.ascontiguousarray(channels_first(job.x)).astype(dtype)
            kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
            graph = helper.make_graph(
                [helper.make_node(operator, ["x", *weights], ["y"], **attributes)],
                "fix",
                [helper.make_tensor_value_info("x", kind, x.shape)],
                [helper.make_tensor_value_info("y", kind, None)],
                [numpy_helper.from_array(w.astype(dtype), name) for name, w in weights.items()],
            )
            opset = [helper.make_opsetid("", 22)]
            model = helper.make_model(graph, opset_imports=opset, ir_version=10)
            session = onnxruntime.InferenceSession(model.SerializeToString())
            return session.run(None, {"x": x})[0]

        return make

    names = {"Conv": node("Conv"), "ConvTranspose": node("ConvTranspose")}
    names |= {"y": eval(call, names), CALLED: True}
    return names, lambda names: {"y": channels_last(names["y"])}


def scipy(job: Job) -> tuple[Namespace, Any]:
    from scipy import signal

    images, filters = range(len(job.x)), range(job.kernel.shape[-1])
    common = {"np": np, "signal": signal, "x": job.x, "kernel": job.kernel, "bias": job.bias}
    y = [
        np.concatenate([eval(job.code, {**common, "n": n, "f": f}) for f in filters], -1)
        for n in images
    ]
    return {CALLED: True}, lambda _: {"y": np.stack(y)}


FRAMEWORKS: dict[str, Framework] = {
    one.__name__: one for one in (numpy, torch, tensorflow, keras, jax, onnx, scipy)
}


def main(name: str) -> None:
    jobs: list[Job] = pickle.load(sys.stdin.buffer)
    results: list[Any] = []
    for job in jobs:
        try:
            results.append(run(job, FRAMEWORKS[name]))
        except Exception as error:
            results.append(f"{type(error).__name__}: {error}")
    sys.stdout.buffer.write(b"results:" + pickle.dumps(results))


if __name__ == "__main__":
    # As __main__ the classes of the jobs would be others.
    from tests.causes.run_fixes import main as run_main

    run_main(sys.argv[1])
