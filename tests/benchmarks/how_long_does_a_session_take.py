"""A hundred small comparisons of tf and keras in one session, beside the session's start.

python tests/benchmarks/how_long_does_a_session_take.py [N]
"""

from __future__ import annotations

import sys
import time

import numpy as np

import convcheck


def main() -> None:
    """Print the seconds of the start, with the first comparison, and of those that follow."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    rng = np.random.default_rng(0)
    begin = time.perf_counter()
    with convcheck.session() as session:
        seconds = []
        for _ in range(count + 1):
            x = rng.standard_normal((1, 16, 16, 3)).astype("f4")
            kernel = rng.standard_normal((3, 3, 3, 4)).astype("f4")
            assert session.compare(x, kernel).exit_code == 0
            seconds.append(time.perf_counter() - begin)
    rest = seconds[-1] - seconds[0]
    print(f"start and the first: {seconds[0]:.2f} s; {count} more: {rest:.2f} s (asked: 10)")
    print(f"ratio of one of them to the start: {rest / count / seconds[0]:.3f}")


if __name__ == "__main__":
    main()
