"""Foreign text as Markdown that shows it as it is: no emphasis, link, mention, emoji or HTML.

GitHub makes links of addresses, ``@names`` and ``#numbers``, pictures of ``:names:`` and formulas
of ``$…$`` after it has read the Markdown, so that no backslash prevents it; a code span does.
"""

from __future__ import annotations

import re

from convcheck.untrusted.text import clean

_LINKED = re.compile(r"[@$]|://|\bwww\.|\bmailto:|\bxmpp:|:[\w+-]+:|#\d|\bGH-\d", re.IGNORECASE)
_PIPE = "&#124;"
"""Even in a code span a pipe would end a table's cell."""
_ESCAPES = str.maketrans(
    {**{c: f"\\{c}" for c in "\\`*_[]~#"}, "<": "&lt;", ">": "&gt;", "&": "&amp;", "|": _PIPE}
)
_BEGINS_BLOCK = re.compile(r"^(?P<before>\d{0,9})(?P<sign>[-+=.)])(?=\s|[-=\s]*$)")
"""What would begin a list or a rule, at the start of a line."""


def inline(text: str) -> str:
    """The text in one line, as words; a word of which GitHub would make a link is code."""
    words = _one_line(text).split(" ")
    whole = " ".join(map(_word, words))
    return _BEGINS_BLOCK.sub(r"\g<before>\\\g<sign>", whole)


def code(text: str) -> str:
    """The text as code."""
    return _PIPE.join(_span(part) for part in _one_line(text).split("|"))


def fence(text: str, language: str = "") -> str:
    """The text as a block of code, which a reader can copy."""
    marks = "`" * max(3, _longest_run(text) + 1)
    return f"{marks}{language}\n{_one_line(text)}\n{marks}\n"


def _word(word: str) -> str:
    if not _LINKED.search(word):
        return word.translate(_ESCAPES)
    core = word.rstrip(".,;")
    return code(core) + word[len(core) :]


def _span(text: str) -> str:
    if not text:
        return ""
    marks = "`" * (_longest_run(text) + 1)
    # A blank at both ends is taken away by whoever reads it.
    alone = text.startswith("`") or text.endswith("`")
    padded = text.strip() and text.startswith(" ") and text.endswith(" ")
    return f"{marks} {text} {marks}" if alone or padded else f"{marks}{text}{marks}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _one_line(text: str) -> str:
    return clean(text, len(text) + 1)
