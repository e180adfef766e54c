"""How long does a check of integers take, as a whole process, against the same one in float32?

    python tests/benchmarks/how_long_does_quantize_take.py [PAIRS]

Runs both in turn in this environment and prints the medians and their ratio. Target: at most 1.5.
"""

import statistics
import subprocess
import sys
import time

COMPARE = [sys.executable, "-m", "convcheck", "compare", "-i", "litert", "-i", "onnxruntime"]
COMPARE += ["--kernel", "random", "--kernel-size", "7", "--filters", "8"]
FLOATS = [*COMPARE, "--input-dtype", "float32"]
INTEGERS = [*COMPARE, "--quantize", "int8"]


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    cold = seconds(FLOATS), seconds(INTEGERS)  # as cold as the disk is now
    times = [(seconds(FLOATS), seconds(INTEGERS)) for _ in range(pairs)]
    floats, integers = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"float32             {floats:6.2f} s   the first time {cold[0]:.2f} s")
    print(f"--quantize int8     {integers:6.2f} s   the first time {cold[1]:.2f} s")
    print(f"ratio of medians    {integers / floats:6.2f}   (target at most 1.5)")
    print("ratios of pairs     " + " ".join(f"{b / a:.2f}" for a, b in times))


if __name__ == "__main__":
    main()
