"""How long does the main job take, as a whole process, against a plain script doing the same?

    python tests/benchmarks/how_long_does_compare_take.py [PAIRS]

Runs both in turn in this environment and prints the medians and their ratio. Target: 0.80.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = [sys.executable, str(Path(__file__).with_name("script_for_compare.py"))]
COMMAND = [sys.executable, "-m", "convcheck", "compare", "--kernel", "ones"]


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for command in (SCRIPT, COMMAND):
        seconds(command)  # warm the disk
    times = [(seconds(SCRIPT), seconds(COMMAND)) for _ in range(pairs)]
    script, command = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"plain script        {script:6.2f} s")
    print(f"convcheck compare   {command:6.2f} s")
    print(f"ratio of medians    {command / script:6.2f}   (target 0.80)")
    print("ratios of pairs     " + " ".join(f"{b / a:.2f}" for a, b in times))


if __name__ == "__main__":
    main()
