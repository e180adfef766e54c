"""Is the catalogue whole, and does everything in it have a fix?"""

from __future__ import annotations

import numpy as np
import pytest

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec
from convcheck.causes.catalogue import BY_NAME, CATALOGUE
from convcheck.causes.fixes import fix_for
from convcheck.causes.pages import GROUPS, pages
from convcheck.results import Output


def test_has_every_cause_a_page_and_every_page_a_cause():
    assert sorted(BY_NAME) == sorted(one.name for one in pages())
    assert len(BY_NAME) == len(CATALOGUE)
    assert {cause.group for cause in CATALOGUE} <= set(GROUPS)


def test_does_every_cause_but_casts_have_a_fix():
    rng = np.random.default_rng(0)
    case = Case(ConvSpec.make((3, 3)), rng.random((1, 8, 8, 3)), rng.random((3, 3, 3, 2)))
    up = Case(
        ConvSpec.make((3, 3), strides=2, transposed=True), case.input, rng.random((3, 3, 2, 3))
    )
    for cause in set(BY_NAME) - {"input-autocast", "kernel-autocast"}:
        for call in ("tf.nn.conv2d", "torch.nn.functional.conv2d", "keras Conv2D", "jax", "me"):
            for one in (case, up):
                assert fix_for(cause, one, Output(call.split(".")[0], call)), cause


def test_do_fixes_speak_the_framework_s_words():
    case = Case(ConvSpec.make((3, 3), strides=2), np.ones((1, 8, 8, 1)), np.ones((3, 3, 1, 1)))
    expected = {
        "torch": "torch: F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, stride=2)",
        "tf": "tensorflow: tf.nn.conv2d(x, kernel, strides=[1, 2, 2, 1], "
        "padding=[[0, 0], [0, 1], [0, 1], [0, 0]])",
        "keras": 'keras: Conv2D(1, 3, strides=2, padding="valid", use_bias=False)'
        "(ZeroPadding2D(((0, 1), (0, 1)))(x))",
    }
    for name, words in expected.items():
        assert fix_for("same-padding-side", case, Output(name, name)) == words


@pytest.mark.parametrize("shape", [(1, 6, 7, 4), (2, 9, 3), (1, 4, 5, 4, 2)])
@pytest.mark.parametrize("transposed", [False, True])
def test_does_every_variant_make_a_case_or_refuse_it(shape, transposed):
    from convcheck.errors import SpecError

    rank = len(shape) - 2
    channels = shape[-1]
    ends = (6, channels) if transposed else (channels, 6)
    rng = np.random.default_rng(1)
    spec = ConvSpec.make((2,) * rank, strides=2, transposed=transposed)
    case = Case(spec, rng.random(shape), rng.random((*spec.kernel_size, *ends)), rng.random(6))
    made = 0
    for cause in (one for one in CATALOGUE if one.applies(case)):
        for hypothesis in cause.hypotheses(case, case.output_shape):
            assert hypothesis.cause == cause.name
            try:
                assert hypothesis.change(case).output_shape
            except SpecError:
                continue
            made += 1
    assert made > 60
