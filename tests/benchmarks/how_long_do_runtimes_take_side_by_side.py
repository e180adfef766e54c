"""How long do all runtimes take side by side, against the slowest of them alone?

    python tests/benchmarks/how_long_do_runtimes_take_side_by_side.py [ROUNDS]

Needs every framework (pip install '.[all]'). Prints the medians and their ratio, best on
an idle machine. Target: 2.
"""

import statistics
import subprocess
import sys
import time

RUNTIMES = (
    ("tf", "keras", "xla", "litert"),
    *((n,) for n in "torch jax onnxruntime scipy numpy".split()),
)
"""Names that share a process, together."""
COMMAND = [
    *(sys.executable, "-m", "convcheck", "compare", "--kernel", "random", "--filters", "8"),
    *("--input-dtype", "float32", "--format", "json"),
]


def seconds(names: tuple[str, ...]) -> float:
    words = [word for name in names for word in ("-i", name)]
    begin = time.perf_counter()
    subprocess.run([*COMMAND, *words], check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    together = tuple(name for names in RUNTIMES for name in names)
    seconds(together)  # warm the disk
    columns = [
        statistics.median(column)
        for column in zip(
            *([seconds(names) for names in (*RUNTIMES, together)] for _ in range(rounds)),
            strict=True,
        )
    ]
    for names, median in zip((*RUNTIMES, ("all",)), columns, strict=True):
        print(f"{', '.join(names):28}{median:6.2f} s")
    slowest = max(columns[:-1])
    print(f"{'all / slowest alone':28}{columns[-1] / slowest:6.2f}   (target 2)")


if __name__ == "__main__":
    main()
