"""How long does ``model A --against B`` take on ResNet50, against loading and running both?

    python tests/benchmarks/how_long_does_against_take.py [PAIRS [A B INPUT.npy]]

A is Keras with random weights, B the same network as ONNX, unless they are given. Whole processes
in turn, in this environment: a plain script for A, one for B, and the command. Prints medians of
the wall clock and of CPU time, and the largest process's peak memory. Targets: 4 times, and 1.5
times the memory.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
TO_ONNX = HERE.parent / "model" / "keras_to_onnx.py"
MAKE = """
import sys, keras, numpy
keras.utils.set_random_seed(0)
keras.applications.ResNet50(weights=None).save(sys.argv[1])
x = numpy.random.default_rng(0).standard_normal((1, 224, 224, 3), numpy.float32)
numpy.save(sys.argv[2], x)
"""


def family(pid):
    """A process and all that it started, as long as they run."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                children = Path(f"/proc/{one}/task/{task}/children").read_text()
                found += [int(child) for child in children.split()]
        except OSError:
            continue
    return found


def peak_of(pid):
    """Most resident bytes that a process has had; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return max(
        (int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), default=0
    )


def measure(command):
    """(seconds, seconds of CPU, peak bytes of the largest process) of a command."""
    before = os.times()
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, *(peak_of(pid) for pid in family(process.pid)))
        time.sleep(0.05)
    after = os.times()
    assert process.returncode == 0, command
    cpu = sum(after[2:4]) - sum(before[2:4])
    return time.perf_counter() - begin, cpu, peak


def main():
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 2:
            a, b, x = sys.argv[2:]
        else:
            a, b, x = (str(Path(folder) / name) for name in ("a.keras", "b.onnx", "x.npy"))
            subprocess.run([sys.executable, "-c", MAKE, a, x], check=True)
            subprocess.run([sys.executable, str(TO_ONNX), a, b], check=True)
        script = [sys.executable, str(HERE / "script_for_against.py")]
        ours = [sys.executable, "-m", "convcheck", "model", a, "--against", b, "--input", x]
        commands = ([*script, a, x], [*script, b, x], ours)
        runs = [[measure(command) for command in commands] for _ in range(pairs)]
    (time_a, cpu_a, peak_a), (time_b, cpu_b, peak_b), (seconds, cpu, peak) = (
        [statistics.median(figures) for figures in zip(*column, strict=True)]
        for column in zip(*runs, strict=True)
    )
    mega = 1e6
    print(f"A alone     {time_a:7.1f} s  {cpu_a:7.1f} s of CPU  {peak_a / mega:7,.0f} MB")
    print(f"B alone     {time_b:7.1f} s  {cpu_b:7.1f} s of CPU  {peak_b / mega:7,.0f} MB")
    print(f"--against   {seconds:7.1f} s  {cpu:7.1f} s of CPU  {peak / mega:7,.0f} MB")
    print(
        f"ratio       {seconds / (time_a + time_b):7.2f}    {cpu / (cpu_a + cpu_b):7.2f}           "
        f"{peak / max(peak_a, peak_b):7.2f}   (targets 4 and 1.5)"
    )


if __name__ == "__main__":
    main()
