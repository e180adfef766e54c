"""``convcheck explain``: what a cause, a verdict or a status means, and how to fix it."""

from __future__ import annotations

import click

from convcheck.causes.pages import all_pages
from convcheck.cli.suggestion import unknown_cause
from convcheck.errors import Mistake
from convcheck.reports import explain


@click.command("explain", epilog="Exit codes: 0 explained, 2 no such name.")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """Explain a cause, a verdict or a status that a report names; without NAME, list them all."""
    parts = (name or "").strip().lower().split("+")
    pages = all_pages()
    known = list(dict.fromkeys(page.name for page in pages))
    if parts == [""]:
        click.echo(explain.listing(pages))
    elif set(parts) <= set(known):  # a status may have the name of a verdict or a cause
        wanted = [page for part in parts for page in pages if page.name == part]
        click.echo("\n\n".join(explain.render(page) for page in wanted))
    else:
        raise Mistake(unknown_cause("+".join(parts), known))
    return 0
