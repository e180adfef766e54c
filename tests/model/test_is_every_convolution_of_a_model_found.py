"""Is every convolution of a model found, as a case that gives what the layer gave?"""

from dataclasses import replace

import pytest

from convcheck.model.check import MODES
from convcheck.results import Status, Verdict

SOUND = (Verdict.IDENTICAL, Verdict.ROUNDING)


def kinds(result):
    return [(layer.name, layer.kind) for layer in result.layers]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_are_all_kinds_of_rank_2_found_and_right(models, checked, suffix):
    result = checked(models / f"plain{suffix}")
    assert kinds(result) == [
        ("conv", "Conv2D"),
        ("depthwise", "DepthwiseConv2D"),
        ("separable/depthwise", "SeparableConv2D depthwise"),
        ("separable/pointwise", "SeparableConv2D pointwise"),
        ("up", "Conv2DTranspose"),
        ("up_wide", "Conv2DTranspose"),
        ("up_cut", "Conv2DTranspose"),
        ("grouped", "Conv2D"),
    ]
    assert result.exit_code == 0
    assert all(layer.check.verdict in SOUND for layer in result.layers)
    # Not only the same as another: each is what exact allows.
    for layer in result.layers:
        assert all(
            j.status in (Status.EXACT, Status.WITHIN_BOUND) for j in layer.check.judgements
        ), layer.name
    cases = {layer.name: layer.check.case for layer in result.layers}
    assert cases["conv"].output_shape == (1, 8, 8, 8)  # before its relu
    assert cases["depthwise"].kernel.shape == (3, 3, 1, 16)
    assert cases["depthwise"].spec.groups == 8
    assert cases["separable/depthwise"].spec.dilations == (2, 2)
    assert cases["up_wide"].spec.output_padding == (1, 1)
    assert cases["grouped"].spec.groups == 2
    assert result.missed == ()


def test_are_the_other_ranks_found_and_right(models, checked):
    result = checked(models / "other_ranks.keras")
    found = dict(kinds(result))
    assert found == {
        "causal": "Conv1D",
        "depthwise": "DepthwiseConv1D",
        "separable/depthwise": "SeparableConv1D depthwise",
        "separable/pointwise": "SeparableConv1D pointwise",
        "up": "Conv1DTranspose",
        "conv": "Conv3D",
        "up3": "Conv3DTranspose",
    }
    assert {layer.check.verdict for layer in result.layers} <= set(SOUND)
    assert next(x for x in result.layers if x.name == "causal").check.case.pads == ((4, 0),)


def test_is_a_unet_with_transposed_convolutions_right(models, checked):
    result = checked(models / "unet.h5")
    assert len(result.layers) == 10
    assert [name for name, kind in kinds(result) if kind == "Conv2DTranspose"] == ["up1", "up0"]
    assert result.verdict in SOUND


def test_do_channels_first_and_integer_inputs_work(models, checked):
    first = checked(models / "first.keras")
    assert first.layers[0].check.case.input.shape == (1, 10, 12, 3)
    assert first.verdict in SOUND
    assert checked(models / "tokens.keras").verdict in SOUND


def test_are_bfloat16_layers_checked_in_bfloat16(models, checked):
    result = checked(models / "mixed.keras")
    case = result.layers[0].check.case
    assert (case.input.dtype, case.kernel.dtype, case.bias.dtype) == ("bfloat16",) * 3
    own = result.layers[0].check.judgements[0]
    assert str(own.declared) == "bfloat16/float32/bfloat16"
    assert own.output.dtypes.input == "bfloat16"
    assert own.status in (Status.EXACT, Status.WITHIN_BOUND)


def test_are_only_layers_of_the_pattern_checked(models, checked):
    result = checked(models / "plain.keras", layers="separable/*")
    assert [name for name, _ in kinds(result)] == ["separable/depthwise", "separable/pointwise"]
    assert result.left_out == 6


def test_is_a_model_without_convolutions_undecided_unless_allowed(models, checked):
    result = checked(models / "no_convolution.keras", modes=MODES)
    assert (result.layers, result.exit_code, result.verdict.value) == ((), 3, "undecided")
    allowed = replace(result, allow_empty=True)
    assert (allowed.exit_code, allowed.verdict.value) == (0, "identical")
    assert [mode.mode for mode in result.end_to_end] == ["predict", "graph", "xla"]


def test_is_an_image_resized_to_what_the_model_takes(models, checked):
    result = checked(models / "unet.keras", input="china", layers="mask")
    assert result.input == "china (1, 16, 16, 3) float32"


def test_is_each_seed_an_input_of_its_own(models, checked):
    def sums(seed):
        result = checked(models / "unet.keras", layers="down0a", seed=seed)
        return result.layers[0].check.judgements[0].error.sum_abs

    assert sums(1) == sums(1) != sums(2)


def test_does_the_whole_model_differ_by_rounding_at_most(models, checked):
    result = checked(models / "unet.keras", layers="mask", modes=MODES)
    for mode in result.end_to_end:
        assert mode.message is None
        assert mode.total == 16 * 16
        assert mode.relative < 1e-5
