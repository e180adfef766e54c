"""Record what many commands answer, to hold a change of the inside against.

    python -m tests.recording.record FOLDER     writes a JSON document a command
    diff -r FOLDER OTHER                        what a change of the code changed

Times, versions and paths are left out. The faults are made by ``faults.py``; frameworks run too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.recording.faults import Recorded, recordings

FRAMEWORKS = {
    "main-job": "--kernel ones",
    "main-job-oblivious": "--kernel zeros",
    "main-job-float32": "--kernel ones --input-dtype float32",
    "identical": "--kernel ones --identical",
    "strict": "--kernel random --filters 4 --input random --strict -i tf -i keras -i torch -i jax",
    "kernel-cast": "--input random --kernel random --kernel-dtype float64 --input-dtype float64",
    "mixed": "--input random --kernel random -i keras?dtype=mixed_bfloat16 -i numpy",
    "half": "--input random --kernel random --kernel-size 3 --input-dtype float16 "
    "--kernel-dtype float16 -i tf -i torch -i onnxruntime",
    "rank-1": "--input random --input-shape 2,40,3 --kernel random -i tf -i torch -i numpy",
    "rank-3": "--input random --input-shape 1,9,9,9,2 --kernel random --kernel-size 3 -i tf -i jax",
    "up": "--input random --kernel random --kernel-size 3 --strides 2 --transposed -i tf -i torch",
    "scipy-fft": "--input random --kernel random -i scipy -i numpy -i tf",
    "one": "--input random --kernel random --strides 2 -i numpy",
    "unavailable": "--input random --kernel random --input-dtype float64 -i torch -i numpy",
    "accepted": "--input random --kernel random --accept kernel-flip -i numpy -i scipy",
    "flower": "--input flower --kernel random --kernel-size 3 --filters 2 -i numpy -i torch",
}
"""Name -> options of a compare that frameworks answer."""
VOLATILE = ("seconds", "versions", "convcheck_version", "device")


def run(arguments: list[str], folder: Path) -> dict[str, Any]:
    """The exit code, the document (or what stderr said), times and versions left out."""
    done = subprocess.run(
        [sys.executable, "-m", "convcheck", *arguments, "--format", "json"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    document = json.loads(done.stdout) if done.stdout else done.stderr
    return {"exit_code": done.returncode, "document": _stable(document)}


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stable(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_stable(item) for item in value]
    return value


def options(one: Recorded, folder: Path) -> list[str]:
    """Write a recording's arrays and give the options that compare them."""
    arrays = {"input": one.x, "kernel": one.kernel, "bias": one.bias}
    words = ["compare", *one.options]
    for role, array in arrays.items():
        if array is None:
            continue
        bfloat16 = array.dtype.name == "bfloat16"  # .npy has no name for it
        np.save(folder / f"{one.name}.{role}.npy", array.astype("f4") if bfloat16 else array)
        words += [f"--{role}", f"{one.name}.{role}.npy"]
        if bfloat16 and role == "input":
            words += ["--input-dtype", "bfloat16"]
    bfloat16 = one.output.dtype.name == "bfloat16"
    np.save(folder / f"{one.name}.npy", one.output.astype("f4") if bfloat16 else one.output)
    return [*words, "-i", f"file:{one.name}.npy{one.query}"]


def main(target: Path) -> None:
    """Run them all."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        commands = {one.name: options(one, folder) for one in recordings()}
        commands |= {name: ["compare", *text.split()] for name, text in FRAMEWORKS.items()}
        commands["implementation-beside"] = [*commands["kernel-flip"], "-i", "numpy", "-i", "tf"]
        build = Path(__file__).parents[1] / "model" / "build.py"
        models = subprocess.run(
            [sys.executable, str(build), str(folder)], capture_output=True, text=True, check=False
        )
        print(models.stderr[-500:] if models.returncode else "models built")
        for file in sorted(folder.glob("*.keras")):
            commands[f"model-{file.stem}"] = ["model", file.name]
        for number, (name, arguments) in enumerate(commands.items(), 1):
            answer = run(arguments, folder)
            text = json.dumps(answer, indent=1, sort_keys=True)
            (target / f"{name}.json").write_text(text + "\n")
            verdict = answer["document"]
            verdict = verdict["verdict"] if isinstance(verdict, dict) else verdict.strip()
            print(f"{number}/{len(commands)} {name}: {verdict}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
