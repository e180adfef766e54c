"""``convcheck explain``: what a word of a report means, and how to fix what it tells."""

from __future__ import annotations

import click

from convcheck.causes.pages import all_pages
from convcheck.cli import completion
from convcheck.cli.help import Command
from convcheck.cli.suggestion import unknown_word
from convcheck.errors import Mistake
from convcheck.reports import explain


@click.command(
    "explain",
    cls=Command,
    examples=("convcheck explain", "convcheck explain input-autocast", "convcheck explain bound"),
    epilog="Exit codes: 0 explained, 2 no such name.",
)
@click.argument("name", nargs=-1, metavar="[NAME]", shell_complete=completion.words)
def command(name: tuple[str, ...]) -> int:
    """Explain a word that a report prints: a cause, a verdict, a status; without NAME, list all."""
    pages = all_pages()
    known = list(dict.fromkeys(page.name for page in pages))
    other = {word: page.name for page in pages for word in page.also}
    words = "-".join(" ".join(name).lower().split())
    parts = [other.get(part, part) for part in words.split("+")]
    if parts == [""]:
        click.echo(explain.listing(pages))
    elif set(parts) <= set(known):  # a status may have the name of a verdict or a cause
        wanted = [page for part in parts for page in pages if page.name == part]
        click.echo("\n\n".join(explain.render(page) for page in wanted))
    else:
        raise Mistake(unknown_word("+".join(parts), [*known, *other]))
    return 0
