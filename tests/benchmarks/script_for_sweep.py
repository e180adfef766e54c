"""A bare loop over the two calls that a sweep of tf against keras makes of each case.

    python script_for_sweep.py OPTIONS...

Prints the seconds of each case, start and import apart. OPTIONS are those of the sweep.
"""

import os

for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"  # as a sweep has it
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import sys  # noqa: E402
import time  # noqa: E402

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

from convcheck.case.build import build  # noqa: E402
from convcheck.cli.commands.sweep import command  # noqa: E402
from convcheck.cli.options import made_of  # noqa: E402
from convcheck.testing.space import Space  # noqa: E402

WARM = 20


def both(case):
    spec, kernel, bias = case.spec, case.kernel, case.bias
    padding = spec.padding
    y = tf.nn.conv2d(case.input, kernel, spec.strides, padding.upper())
    if bias is not None:
        y = tf.nn.bias_add(y, bias)
    layer = keras.layers.Conv2D(
        kernel.shape[-1],
        spec.kernel_size,
        strides=spec.strides,
        padding=padding,
        use_bias=bias is not None,
        dtype=kernel.dtype.name,
    )
    layer.build(case.input.shape)
    layer.set_weights([kernel] if bias is None else [kernel, bias])
    return y.numpy(), layer(case.input).numpy()


def main() -> None:
    context = command.make_context("sweep", sys.argv[1:])
    space = made_of(Space, context.params)
    cases = [build(request) for grid in space.grid() for request in grid]
    for case in cases[:WARM]:
        both(case)
    begin = time.perf_counter()
    for case in cases:
        both(case)
    print((time.perf_counter() - begin) / len(cases))


if __name__ == "__main__":
    main()
