"""How many outputs come out bit for bit in the order that is found, and how long does that take?

    python tests/benchmarks/how_many_outputs_are_replayed.py [SECONDS [IMPLEMENTATION ...]]

Runs float32 cases of 9 to 576 taps, with strides and groups, through each implementation, with at
most SECONDS (120) for each search, and prints the README's table: the outputs replayed, experiments
and their seconds.
"""

import sys

import numpy as np

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.check import check
from convcheck.implementations.name import parse
from convcheck.plan import OrderSearch, Plan
from convcheck.runtimes.host import Runtimes
from convcheck.verdict.limits import Limits

NAMES = ["tf", "tf?TF_ENABLE_ONEDNN_OPTS=0", "keras", "torch", "jax", "onnxruntime"]
# Kernel size, channels of the input, filters, strides, groups.
CASES = {
    "9": (3, 1, 4, 1, 1),
    "27": (3, 3, 4, 1, 1),
    "147": (7, 3, 4, 1, 1),
    "147, strides 2": (7, 3, 4, 2, 1),
    "144, 4 groups": (3, 64, 8, 1, 4),
    "576": (3, 64, 4, 1, 1),
    "576, strides 2": (3, 64, 4, 2, 1),
}
SIZE = 28


def case_of(kernel: int, channels: int, filters: int, strides: int, groups: int) -> Case:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, SIZE, SIZE, channels)).astype(np.float32)
    k = rng.standard_normal((kernel, kernel, channels // groups, filters)).astype(np.float32)
    return Case(ConvSpec.make((kernel, kernel), strides=strides, groups=groups), x, k)


def cell(case: Case, name: str, seconds: float) -> str:
    plan = Plan(case, [parse(name)], orders=OrderSearch(orders=True, orders_timeout=seconds))
    with Runtimes() as runtimes:
        (judgement,) = check(plan, runtimes, Limits()).judgements
    order = judgement.order
    if order is None:
        return judgement.status.value
    if order.status == "not-sought":
        return f"{order.message}"
    share = order.outputs_equal / order.total
    return f"{share:.0%}, {order.probes} in {order.seconds:.2g} s".replace("%", " %")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 120.0
    names = sys.argv[2:] or NAMES
    print("| taps | " + " | ".join(f"`{name}`" for name in names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for taps, geometry in CASES.items():
        case = case_of(*geometry)
        cells = [cell(case, name, seconds) for name in names]
        print(f"| {taps} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
