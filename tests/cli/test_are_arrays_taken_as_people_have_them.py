"""Are arrays taken from the files, and in the layouts, that people have?"""

from __future__ import annotations

import json

import numpy as np
import pytest

RNG = np.random.default_rng(3)
X = RNG.standard_normal((2, 9, 8, 3)).astype("f4")
KERNEL = RNG.standard_normal((3, 3, 3, 4)).astype("f4")
BIAS = RNG.standard_normal(4).astype("f4")
FIRST = {"x": np.moveaxis(X, -1, 1), "k": np.moveaxis(KERNEL, (-1, -2), (0, 1)), "b": BIAS}
"""As torch has them."""
LAYOUTS = ("--input-layout", "NCHW", "--kernel-layout", "OIHW")


def as_json(done):
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


def write(kind, folder, arrays):
    """The file, and how each array in it is named."""
    if kind == ".npz":
        np.savez_compressed(folder / "a.npz", **arrays)
    elif kind == ".safetensors":
        pytest.importorskip("safetensors.numpy").save_file(
            {name: np.ascontiguousarray(array) for name, array in arrays.items()},
            folder / "a.safetensors",
        )
    elif kind == ".pt":
        torch = pytest.importorskip("torch")
        nested = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
        torch.save({"net": nested}, folder / "a.pt")
        return {name: f"a.pt:net.{name}" for name in arrays}
    else:
        for name, array in arrays.items():
            np.save(folder / f"{name}.npy", array)
        return {name: f"{name}.npy" for name in arrays}
    return {name: f"a{kind}:{name}" for name in arrays}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".npy", ".npz", ".safetensors", ".pt"])
def test_is_each_kind_of_file_read_in_torch_s_layout(convcheck_command, tmp_path, kind):
    given = write(kind, tmp_path, FIRST)
    options = ("--input", given["x"], "--kernel", given["k"], "--bias", given["b"], *LAYOUTS)
    found = as_json(convcheck_command("compare", *options, "-i", "numpy", "--format", "json"))
    assert found["verdict"] in ("identical", "rounding")
    assert found["case"]["input"] == {"source": given["x"], "shape": [2, 9, 8, 3],
                                      "dtype": "float32"}  # fmt: skip
    assert found["case"]["kernel"]["shape"] == [3, 3, 3, 4]
    assert found["case"]["bias"]["shape"] == [4]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".npy", ".npz", ".safetensors", ".pt"])
def test_is_a_recorded_output_read_in_torch_s_layout(convcheck_command, tmp_path, kind):
    np.save(tmp_path / "own_x.npy", X)
    np.save(tmp_path / "own_k.npy", KERNEL)
    padded = np.pad(X, ((0, 0), (1, 1), (1, 1), (0, 0))).astype("f8")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    y = np.einsum("nhwckl,klco->nohw", windows, KERNEL.astype("f8")).astype("f4")
    given = write(kind, tmp_path, {"y": y})["y"]
    options = ("--input", "own_x.npy", "--kernel", "own_k.npy", "--format", "json")
    row = f"file:{given}?layout=NCHW"
    assert as_json(convcheck_command("compare", *options, "-i", row))["exit_code"] == 0


def test_is_a_depthwise_kernel_of_keras_taken(convcheck_command, tmp_path):
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "k.npy", RNG.standard_normal((3, 3, 3, 2)).astype("f4"))
    options = ("--input", "x.npy", "--kernel", "k.npy", "--kernel-layout", "hwcm")
    found = as_json(convcheck_command("compare", *options, "-i", "numpy", "--format", "json"))
    assert (found["exit_code"], found["case"]["groups"]) == (0, 3)
    assert found["case"]["output_shape"][-1] == 6


def test_is_a_layout_that_would_fit_suggested(convcheck_command, tmp_path):
    write(".npy", tmp_path, FIRST)
    options = ("--input", "x.npy", "--kernel", "k.npy")
    done = convcheck_command("compare", *options, "-i", "numpy")
    assert done.returncode == 2
    assert "this looks like --input-layout NCHW --kernel-layout OIHW" in done.stderr
    assert done.stderr.count("\n") == 1
    done = convcheck_command("compare", *options, "--bias", "b.npy", "-i", "numpy")
    assert "this looks like --input-layout NCHW" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--input", "a.npz"), "it holds 3 arrays; give one as FILE:NAME, of b, k, x"),
        (("--input", "a.npz:y"), "it holds no array 'y'; it holds b, k, x"),
        (("--input", "x.npy", "--input-layout", "NCW"), "3 axes, but the shape is (2, 3, 9, 8)"),
        (("--input", "random", "--input-layout", "NCHW"), "leave it out"),
        (("--input", "china", "--input-layout", "NCHW"), "leave it out"),
        (("--input", "x.npy", "--kernel", "ones", "--kernel-layout", "OIHW"), "leave it out"),
        (("--input", "x.npy", "--input-layout", "NXYZ"), "NCHW"),
        (("--input", "photo.npy"), "may be a picture without a batch axis"),
        (("--input", "x.npy", "--kernel", "k.npy", "--rank", "1"), "leave --rank out"),
    ],
)  # fmt: skip
def test_is_what_does_not_fit_one_clear_line(convcheck_command, tmp_path, arguments, words):
    write(".npz", tmp_path, FIRST)
    write(".npy", tmp_path, FIRST)
    np.save(tmp_path / "photo.npy", np.zeros((40, 30, 3)))
    done = convcheck_command("compare", *arguments, "-i", "numpy")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_are_signals_with_few_channels_run_where_rank_says_so(convcheck_command, tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((40, 30, 3)))
    options = ("--input", "x.npy", "--rank", "1", "--kernel-size", "3", "--format", "json")
    found = as_json(convcheck_command("compare", *options, "-i", "numpy"))
    assert found["case"]["output_shape"] == [40, 30, 1]


def test_does_a_torch_file_run_no_code(convcheck_command, tmp_path):
    torch = pytest.importorskip("torch")
    (tmp_path / "evil.py").write_text("open('marker', 'w')\n")

    class Evil:
        def __reduce__(self):
            return exec, ("open('marker', 'w')",)

    torch.save({"x": Evil()}, tmp_path / "a.pt")
    done = convcheck_command("compare", "--input", "a.pt:x", "-i", "numpy")
    assert done.returncode == 2
    assert "a.pt" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "marker").exists()
