"""Is a Protocol Buffers message told from one that was cut, and from something else?"""

import io

import pytest

from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.protobuf import check_message

# A number 300 in field 1, four bytes in field 7, eight fixed ones in field 9, four in field 10.
WHOLE = b"\x08\xac\x02" + b"\x3a\x04abcd" + b"\x49" + bytes(8) + b"\x55" + bytes(4)


def checked(data, needed=7):
    check_message(io.BytesIO(data), len(data), needed)


def test_is_a_whole_one_taken():
    checked(WHOLE)


@pytest.mark.parametrize("length", [n for n in range(len(WHOLE)) if n not in (0, 3, 9, 18)])
def test_is_one_that_was_cut_inside_a_field_refused(length):
    with pytest.raises(Unreadable, match="cut short"):
        checked(WHOLE[:length])


@pytest.mark.parametrize("data", [b"", WHOLE[:3], b"\x3a\x00"])
def test_is_one_without_the_field_refused(data):
    with pytest.raises(Unreadable, match="empty, or something else"):
        checked(data)


@pytest.mark.parametrize(
    "data", [b"a model", bytes(8), b"\x3b", b"\x3f", b"\x3a" + b"\xff" * 20, b"\x3a\xff\xff\x7f"]
)
def test_is_what_is_none_refused(data):
    with pytest.raises(Unreadable):
        checked(data)


def test_is_a_number_of_fields_without_end_refused():
    with pytest.raises(Unreadable, match="more than 1,000,000 parts"):
        checked(b"\x3a\x01a" + b"\x08\x00" * 1_000_001)
