"""How many small cases does a sweep of tf against keras do in a second?

    python tests/benchmarks/how_fast_is_a_sweep.py [PAIRS]

Runs a bare loop over the same two calls, a sweep with one job and the loop again; then one job, two
jobs and one job again. The rates are those of the cases between a short run and a long
one, so that starts and imports do not count. Each is held against the mean of what ran before and
after it, since the machine may be slower a minute later; the medians of these ratios are told.
Targets on two cores: 100 cases a second, at most 2.5 times the bare loop, two jobs 1.6 times one.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

AXES = "--kernel-size 1/3/5 --filters 4/8 --strides 1/2 --padding same/valid --bias none/random"
SHORT = [*AXES.split(), "--input-shape", "1,8,8,4"]
SHAPES = [f"{batch},{height},9,4" for batch in (1, 2, 3, 4) for height in range(5, 17)]
LONG = [*AXES.split(), "--input-shape", "/".join(SHAPES)]
CASES = 48 * 48 - 48
"""By which the long one has more."""
SWEEP = [sys.executable, "-m", "convcheck", "sweep", "-q", "--jobs"]
SCRIPT = Path(__file__).with_name("script_for_sweep.py")


def seconds(jobs: int, options: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([*SWEEP, str(jobs), *options], check=True, capture_output=True)
    return time.perf_counter() - begin


def each(jobs: int) -> float:
    """Seconds a case."""
    return (seconds(jobs, LONG) - seconds(jobs, SHORT)) / CASES


def bare() -> float:
    done = subprocess.run([sys.executable, SCRIPT, *LONG], check=True, capture_output=True)
    return float(done.stdout)


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    times = [(bare(), each(1), bare(), each(1), each(2), each(1)) for _ in range(pairs)]
    loop = statistics.median((b + c) / 2 for b, _, c, *_ in times)
    one = statistics.median((o + p + q) / 3 for _, o, _, p, _, q in times)
    two = statistics.median(t for *_, t, _ in times)
    to_loop = [2 * o / (b + c) for b, o, c, *_ in times]
    to_one = [(p + q) / (2 * t) for *_, p, t, q in times]
    slower, faster = statistics.median(to_loop), statistics.median(to_one)
    print(f"bare loop    {1 / loop:6.0f} cases/s")
    print(f"--jobs 1     {1 / one:6.0f} cases/s   {slower:.2f} times the loop (at most 2.5)")
    print(f"--jobs 2     {1 / two:6.0f} cases/s   {faster:.2f} times one job (at least 1.6)")
    pairs_of = zip(to_loop, to_one, strict=True)
    print("each pair        " + "  ".join(f"{a:.2f} {b:.2f}" for a, b in pairs_of))


if __name__ == "__main__":
    main()
