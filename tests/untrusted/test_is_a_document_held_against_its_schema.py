"""Is a document from elsewhere refused in one line, and where it is wrong named?"""

import pytest

from convcheck.errors import UsageError
from convcheck.untrusted.documents import check_document, parse_json

SCHEMA = {"properties": {"rows": {"items": {"properties": {"name": {"type": "string"}}}}}}


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5000, b'"\\ud8'])
def test_is_what_is_no_json_refused(text):
    with pytest.raises(UsageError, match=r"^the manifest is no JSON: ."):
        parse_json(text, "the manifest")


def test_is_the_place_named():
    with pytest.raises(UsageError, match=r"^the manifest at rows\[1\].name: 7 is not of type"):
        check_document({"rows": [{"name": "a"}, {"name": 7}]}, SCHEMA, "the manifest")
    check_document({"rows": [{"name": "a"}]}, SCHEMA, "the manifest")


def test_are_control_characters_kept_from_the_message():
    with pytest.raises(UsageError) as caught:
        check_document({"rows": [{"name": ["\x1b[2J\x07"]}]}, SCHEMA, "b\x1b[31m.npz")
    assert str(caught.value).isprintable()
