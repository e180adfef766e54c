"""Is text from elsewhere fit for a terminal, whatever it holds?"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcheck.untrusted.text import LONGEST, clean


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a\x1b[31mred\x1b[0m", "a red"),
        ("a\x1b]0;new title\x07b", "a b"),
        ("a\x1b]8;;http://x\x1b\\link", "a link"),
        ("bell\x07, back\x08space\r\nline", "bell , back space line"),
        ("abc\u202etxt.exe", "abc txt.exe"),
        ("\ud800", ""),
        ("naïve – 7×7 図", "naïve – 7×7 図"),
    ],
)
def test_do_sequences_go_and_letters_stay(text, plain):
    assert clean(text) == plain


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_is_it_one_printable_line_of_bounded_length(text):
    shown = clean(text)
    assert len(shown) <= LONGEST
    assert all(unicodedata.category(c)[0] != "C" for c in shown)
    assert len(shown.splitlines()) <= 1


def test_do_both_ends_of_a_long_text_stay():
    shown = clean("start/" + "x" * 10**7 + "/end.npy")
    assert shown.startswith("start/")
    assert shown.endswith("/end.npy")
    assert len(shown) <= LONGEST
