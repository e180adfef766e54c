"""Does everything that a report names have a page, whole and in its form?"""

from __future__ import annotations

import re

import pytest

from convcheck.causes.pages import (
    DEFAULT_PROOF,
    GROUPS,
    all_pages,
    page,
    pages,
    parse,
)
from convcheck.results import Status, Verdict

CAUSES = """
input-autocast kernel-autocast reduced-precision-tf32 reduced-precision-bfloat16
reduced-precision-float16 reduced-precision-float32 low-precision-accumulation summation-order
winograd-precision fft-precision quantization integer-overflow non-finite same-padding-side
padding-mode border-mode spatial-shift dilation-ignored dilation-as-stride stride-phase kernel-flip
other-geometry other-weights
kernel-transpose kernel-io-swap channel-order group-order depthwise-order layout-reshape
input-scale input-normalization output-scale missing-bias output-offset activation
bias-axis bias-order bias-missing-in-channels bias-twice bias-precision
dilation-off-by-one causal-padding channel-shuffle output-padding batch-order clipped
accumulator-wrap saturated-pairs stale-block
corrupted-elements corrupted-channel input-channel-dropped transpose-crop transpose-kernel-flip
unexplained output-precision kernel-scale channel-scale
requantization-rounding zero-point-ignored scale-by-tensor scale-order bias-scale activation-bounds
layer-left-out batch-norm-epsilon batch-norm-statistics pool-padding pool-mode pool-window
upsampling-mode align-corners flatten-order concat-order leaky-slope dropout-active
softmax-axis spatial-transpose summand-scale output-order
batch-averaged position-left-out
""".split()

MORE = {"requantization": ("Example", "Formulas", "Used by", "To choose")}
"""Word -> the sections that it has besides."""

PAGE = """---
group: kernel
---

# name: a summary

## What

A paragraph with `code` that
goes on.

    indented = code

## Reported

- one
- two
  on two lines
"""


def test_does_every_cause_have_a_page():
    assert sorted(one.name for one in pages()) == sorted(CAUSES)


@pytest.mark.parametrize("cause", CAUSES)
def test_does_a_cause_s_page_say_what_where_from_and_how_to_fix_it(cause):
    one = page(cause)
    assert one.group in GROUPS
    needed = ["What", "Comes from", "To see it", "Fix", "Proof"]
    assert [title for title in one.sections if title != "Reported"] == needed
    assert min(len(one.sections[title]) for title in needed) > 10
    assert len(one.summary) > 10
    assert "\n" not in one.summary
    assert len(one.summary) < 80


@pytest.mark.parametrize(("group", "names"), [("verdicts", Verdict), ("statuses", Status)])
def test_does_every_verdict_and_status_have_a_page_with_its_remedy(group, names):
    found = {one.name: one for one in all_pages() if one.group == group}
    assert sorted(found) == sorted(one.value for one in names)
    for one in found.values():
        assert list(one.sections) == ["What", "Fix"]
        assert len(one.summary) < 80


def test_is_every_page_listed_once():
    listed = [(one.group, one.name) for one in all_pages() if one.group != "words"]
    assert len(set(listed)) == len(listed) == len(CAUSES) + len(Verdict) + len(Status)


def test_does_another_word_stand_for_one_page():
    pages = all_pages()
    names = [one.name for one in pages if one.group == "words"]
    other = [word for one in pages for word in one.also]
    assert len(set(other)) == len(other)
    assert not {*other, *names} & {one.name for one in pages if one.group != "words"}
    assert not set(other) & set(names)


def test_does_every_word_say_what_it_is():
    for one in all_pages():
        if one.group == "words":
            assert "What" in one.sections
            assert set(one.sections) <= {"What", "Limits", "Fix", *MORE.get(one.name, ())}
            assert max(map(len, one.sections)) < 12  # columns of a title
            assert len(one.summary) < 80


def test_does_no_page_speak_of_mending():
    for one in all_pages():
        assert "mend" not in " ".join([one.summary, *one.sections.values()])


def test_does_the_proof_that_most_share_stand_in_no_page():
    assert page("kernel-flip").sections["Proof"] == DEFAULT_PROOF
    assert page("fft-precision").sections["Proof"] != DEFAULT_PROOF
    assert list(page("kernel-flip").sections)[-2:] == ["Proof", "Reported"]


def test_are_paragraphs_joined_and_code_kept():
    one = parse(PAGE)
    assert (one.name, one.group, one.summary) == ("name", "kernel", "a summary")
    assert one.also == ()
    assert parse(PAGE.replace("kernel\n", "kernel\nalso: other words\n")).also == ("other", "words")
    assert one.sections == {
        "What": "A paragraph with code that goes on.\n    indented = code",
        "Reported": "- one\n- two on two lines",
    }


@pytest.mark.parametrize(
    "damage",
    [
        ("---\ngroup: kernel\n---\n", ""),
        ("group:", "family:"),
        ("# name: a summary", "# name"),
        ("# name: a summary", "name: a summary"),
        ("# name: a summary", "# name: a summary\nof two lines"),
        ("- one\n- two\n  on two lines\n", ""),
    ],
)
def test_is_a_damaged_page_refused(damage):
    with pytest.raises(ValueError, match=r"expected front matter|is empty"):
        parse(PAGE.replace(*damage))


def test_is_an_unknown_cause_a_key_error():
    with pytest.raises(KeyError):
        page("rounding")


def test_is_each_report_that_has_a_number_a_whole_link():
    for one in pages():
        reported = one.sections.get("Reported", "")
        for item in re.split(r"\n(?=- )", reported):
            numbers = re.findall(
                r"(?<=[A-Za-z] )\d{3,6}\b|(?<=, )\d{3,6}\b", item.partition(":")[0]
            )
            for number in numbers:
                assert re.search(rf"https://github\.com/[\w.-]+/[\w.-]+/issues/{number}\b", item)
