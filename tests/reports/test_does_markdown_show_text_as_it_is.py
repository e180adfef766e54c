"""Does Markdown show every text as it is, and never too much of it?"""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from convcheck.reports.context import Context
from convcheck.reports.markdown.document import LARGEST, Part, fitted
from convcheck.reports.markdown.escape import code, fence, inline
from convcheck.reports.registry import FORMATS
from convcheck.untrusted.text import clean
from tests.reports.results import RESULTS, inventory, large_model, result_of

CONTEXT = Context(reproduce="convcheck compare -i '``` file'")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FOLDING = re.compile(r"<details><summary>[^<>]*</summary>\s*|</details>\s*")
TOKENS = set(
    "heading_open heading_close paragraph_open paragraph_close inline table_open table_close "
    "thead_open thead_close tbody_open tbody_close tr_open tr_close th_open th_close td_open "
    "td_close bullet_list_open bullet_list_close list_item_open list_item_close fence html_block "
    "text code_inline strong_open strong_close em_open em_close".split()
)


def render(result, context=CONTEXT):
    return FORMATS["markdown"].render(result, context)


def checked(text):
    """The document's blocks; fails for what none of ours has."""
    blocks = PARSER.parse(text)
    every = [*blocks, *(child for block in blocks for child in block.children or ())]
    assert {token.type for token in every} <= TOKENS
    html = [token.content for token in every if token.type == "html_block"]
    assert all(FOLDING.fullmatch(one) for one in html), html
    opened = sum(one.startswith("<details>") for one in html)
    assert opened * 2 == len(html)
    return blocks


def tables(blocks):
    """Each table as rows of texts; all have the header's columns."""
    found = []
    for i, token in enumerate(blocks):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            found[-1][-1].append(shown(blocks[i + 1]))
    for table in found:
        assert {len(row) for row in table} == {len(table[0])}
    return found


def shown(token):
    return "".join(child.content for child in token.children or ())


def written_rows(text):
    return sum(line.startswith("| ") for line in text.splitlines())


@pytest.mark.parametrize("name", [*RESULTS, "implementations"])
def test_does_a_parser_see_our_blocks_alone(name):
    text = render(inventory() if name == "implementations" else result_of(name))
    blocks = checked(text)
    assert sum(map(len, tables(blocks))) == written_rows(text)
    (again,) = (token for token in blocks if token.type == "fence")
    assert again.content == f"{CONTEXT.reproduce}\n"
    assert "left out" not in text


def test_is_the_verdict_first_then_why_then_what_is_folded():
    text = render(result_of("rounding"))
    order = ["## ✅ EQUAL", "no output is further", "| call of b", "**why**", "<details>", "blind"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_is_what_fails_first_and_what_passes_folded():
    model = large_model(30)
    blocks = checked(render(model))
    (layers,) = tables(blocks)
    names = [row[1] for row in layers[1:]]
    different = [f"block/{i}" for i in range(30) if i % 3]
    assert names == [*different, *(f"block/{i}" for i in range(0, 30, 3))]


PUNCTUATION = st.text("\\`*_{}[]()<>#+-.!|~&:@$=\"'1aé \n", max_size=30)
ANY = st.text(max_size=30) | PUNCTUATION
BLOCKS = ("1. x", "- x", "+ x", "===", "---", "* * *", "> x", "# x", "    x")
SPANS = ("&lt;", "<b>", "``", "a`b``c", "`a` b`", "~~x~~", "[x](y)", "![x](y)", "\\|", "`a|b`")
LINKS = ("http://x.y", "http://a|b\\", "@me", ":smile:", "#1 x", "$x$")
WRITTEN = st.sampled_from(BLOCKS + SPANS + LINKS)


@settings(deadline=None)
@given(ANY | WRITTEN)
def test_is_a_text_read_back_as_it_was(text):
    plain = clean(text, len(text) + 1)
    blocks = checked(inline(text))
    assert [shown(block) for block in blocks if block.type == "inline"] == [plain] * bool(plain)
    for block in blocks:
        for child in block.children or ():
            linked = re.search(r"[@$]|://|:[\w+-]+:|#\d", child.content)
            assert child.type == "code_inline" or not linked


@settings(deadline=None)
@given(ANY | WRITTEN, st.sampled_from([inline, code]))
@example("a| b |c", code)
def test_is_a_text_one_cell_of_a_table(text, escape):
    plain = clean(text, len(text) + 1)
    blocks = checked(f"| a | b | c |\n|---|---|---|\n| x | {escape(text)} | y |\n")
    (table,) = tables(blocks)
    assert table[1] == ["x", plain, "y"]


@settings(deadline=None)
@given(ANY)
@example("```")
@example("~~~~")
def test_is_a_text_one_block_of_code(text):
    (block,) = PARSER.parse(fence(text))
    assert (block.type, block.content) == ("fence", clean(text, len(text) + 1) + "\n")


SIZES = st.lists(st.lists(st.integers(0, 900), max_size=12), min_size=1, max_size=6)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(1500, 20_000), st.integers(0, 5))
def test_is_a_document_never_too_large_and_what_is_left_out_said(sizes, largest, kept):
    parts = [
        Part(
            [f"{i}/{n} {'畳' * (size // 3)}\n" for n, size in enumerate(each)],
            *("pieces", "| a |\n", "</details>\n", i == kept),
        )
        for i, each in enumerate(sizes)
    ]
    text = fitted(parts, largest)
    assert len(text.encode()) <= largest
    shown = re.findall(r"(?m)^(\d)/(\d+) 畳*$", text)
    left = re.findall(r"(?m)^\*(\d+)(?: of \d+)? pieces are left out", text)
    assert len(shown) + sum(map(int, left)) == sum(map(len, sizes))
    for i in range(len(sizes)):
        mine = [int(n) for part, n in shown if int(part) == i]
        assert mine == list(range(len(mine)))
    assert left or text == "\n".join(
        "".join([part.before, *part.pieces, part.after]) for part in parts if part.pieces
    ).rstrip("\n")


def test_has_what_is_kept_its_place_before_all_others():
    many, last = Part(["x" * 99 + "\n"] * 99, "lines"), Part(["y" * 2000 + "\n"], kept=True)
    text = fitted([many, last], 5000)
    assert text.endswith("y" * 2000)
    assert " of 99 lines are left out" in text


@pytest.mark.slow
def test_does_a_model_of_300_layers_fit_and_say_what_is_left_out():
    model = large_model(300, words=240)
    text = render(model)
    assert 900 * 1024 < len(text.encode()) + 1 <= LARGEST == 1000 * 1024
    blocks = checked(text)
    (layers,) = tables(blocks)
    assert len(layers) == 301
    assert [row[1] for row in layers[1:3]] == ["block/1", "block/2"]
    said = r"(?m)^\*(\d+) of (\d+) reasons, fixes and notes are left out"
    ((left, of),) = re.findall(said, text)
    items = re.findall(r"(?m)^- \*\*(?:first|worst|why|fix|note)\*\*", text)
    assert int(of) - int(left) == len(items)
    assert int(left) > 0
    assert sum(token.type == "fence" for token in blocks) == 1


def test_is_a_table_that_is_too_large_cut_between_rows():
    model = large_model(300)
    whole = render(model)
    assert "left out" not in whole
    assert len(tables(checked(whole))[0]) == 301
    parts = [Part([f"| {'x' * 90} |\n"] * 300, "rows", before=f"| {'a' * 90} |\n|---|\n")]
    text = fitted(parts, 10_000)
    (table,) = tables(checked(text))
    assert f"*{300 - len(table) + 1} of 300 rows are left out" in text
    assert len(table) > 100
