"""How long does ``convcheck model`` take on ResNet50, against a plain script doing the same?

    python tests/benchmarks/how_long_does_model_take.py [PAIRS]

Both as whole processes, in turn, in this environment, on china.jpg at 224x224; prints the medians
and their ratio. Target: 3.
"""

import importlib.util
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = Path(__file__).with_name("script_for_model.py")
MAKE = "import keras, sys; keras.applications.ResNet50(weights=None).save(sys.argv[1])"


def seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


def main() -> None:
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = importlib.util.find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    image = str(Path(found.origin).parent / "datasets" / "images" / "china.jpg")
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "resnet50.keras")
        subprocess.run([sys.executable, "-c", MAKE, model], check=True, capture_output=True)
        script = [sys.executable, str(SCRIPT), model, image]
        command = [sys.executable, "-m", "convcheck", "model", model, "--input", image]
        for either in (script, command):
            seconds(either)  # warm the disk
        times = [(seconds(script), seconds(command)) for _ in range(pairs)]
    plain, ours = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"plain script      {plain:6.2f} s")
    print(f"convcheck model   {ours:6.2f} s")
    print(f"ratio of medians  {ours / plain:6.2f}   (target 3)")
    print("ratios of pairs   " + " ".join(f"{b / a:.2f}" for a, b in times))


if __name__ == "__main__":
    main()
