"""How long does --help take beside importing click?

    python tests/benchmarks/how_long_does_help_take.py [PAIRS]

Whole processes in turn; prints the medians and their ratio. Target: 1.5.
"""

import statistics
import subprocess
import sys
import time

HELP = [sys.executable, "-m", "convcheck", "--help"]
CLICK = [sys.executable, "-c", "import click"]


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for command in (HELP, CLICK):
        seconds(command)  # warm the disk
    times = [(seconds(HELP), seconds(CLICK)) for _ in range(pairs)]
    ours, click = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"convcheck --help {ours:.3f} s, import click {click:.3f} s, ratio {ours / click:.2f}")


if __name__ == "__main__":
    main()
