"""Does a misspelled word of every kind get the right suggestion?"""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        # commands
        (["comapre"], "compare"),
        (["compair"], "compare"),
        (["verfy", "b.npz"], "verify"),
        (["modle", "m.keras"], "model"),
        (["explian"], "explain"),
        (["implementation"], "implementations"),
        (["compare", "--kernal", "ones"], "--kernel"),
        (["compare", "--paddding", "same"], "--padding"),
        (["compare", "--stride", "2"], "--strides"),
        (["compare", "--dilation", "2"], "--dilations"),
        # values
        (["compare", "--input", "chian"], "china"),
        (["compare", "--input", "China"], "china"),
        (["compare", "--input", "flowr"], "flower"),
        (["compare", "--input", "rand"], "random"),
        (["compare", "--input", "integer"], "integers"),
        (["compare", "--input", "cancelation:1e6"], "cancellation:C"),
        (["compare", "--input", "overfow"], "overflow"),
        (["compare", "--input", "subnormals"], "subnormal"),
        (["compare", "--input", "seperating", "--quantize", "int8"], "separating"),
        (["compare", "--quantize", "int"], "int8"),
        (["compare", "--input-zeropoint", "3"], "--input-zero-point"),
        (["compare", "--activation", "relu7"], "relu6"),
        (["compare", "--kernel", "one"], "ones"),
        (["compare", "--kernel", "zeroes"], "zeros"),
        (["compare", "--kernel", "randon"], "random"),
        (["compare", "--bias", "radnom"], "random"),
        (["compare", "--input-dtype", "flaot32"], "float32"),
        (["compare", "--kernel-dtype", "bfloat"], "bfloat16"),
        (["compare", "--input-dtype", "float"], "float"),
        (["compare", "--input-layout", "NCWH"], "NCHW"),
        (["compare", "--kernel-layout", "OHIW"], "OIHW"),
        (["compare", "--data-format", "NCH"], "NCHW"),
        (["compare", "--format", "jsno"], "json"),
        # implementations
        (["compare", "-i", "tensorflow"], "tf"),
        (["compare", "-i", "TF"], "tf"),
        (["compare", "-i", "Keras"], "keras"),
        (["compare", "-i", "onnx"], "onnxruntime"),
        (["compare", "-i", "pytorch"], "torch"),
        (["compare", "-i", "tflite"], "litert"),
        (["compare", "-i", "numyp"], "numpy"),
        (["compare", "-i", "scypi"], "scipy"),
        (["compare", "-i", "kreas"], "keras"),
        (["compare", "-i", "onnxruntme"], "onnxruntime"),
        # causes
        (["explain", "kernelflip"], "kernel-flip"),
        (["explain", "same-pading-side"], "same-padding-side"),
        (["explain", "autocast"], "input-autocast"),
        (["explain", "tf32"], "reduced-precision-tf32"),
        (["explain", "bais-order"], "bias-order"),
        (["explain", "winograd"], "winograd-precision"),
        (["explain", "bonud"], "bound"),
        (["explain", "layuots"], "layouts"),
        (["compare", "--accept", "sumation-order"], "summation-order"),
        (["compare", "--accept", "kernel-flip+channel-ordr"], "channel-order"),
    ],
)
def test_is_a_typo_told_what_was_meant(convcheck_command, arguments, meant):
    done = convcheck_command(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    # click's own word for options is "did you mean", in some versions "possible options".
    hint = done.stderr.lower().partition("mean")[2] or done.stderr.lower().partition("possible")[2]
    assert meant.lower() in hint


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("stride", "strides"),
        ("paddin", "padding"),
        ("kernl", "kernel"),
        ("input_dtpe", "input_dtype"),
        ("implementatoins", "implementation"),
        ("max_sums", "max_sum"),
        ("identcal", "identical"),
        ("acept", "accept"),
        ("timout", "timeout"),
        ("formt", "format"),
    ],
)
def test_is_a_misspelled_key_told_what_was_meant(convcheck_command, tmp_path, key, meant):
    (tmp_path / "pyproject.toml").write_text(f"[tool.convcheck]\n{key} = 2\n")
    done = convcheck_command("compare", "-i", "numpy")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert meant in done.stderr.partition("did you mean")[2]
