"""``convcheck explain``: what a verdict or a cause means, how it is proved, how to mend it."""

from __future__ import annotations

import click


@click.command(
    "explain",
    short_help="what a verdict or a cause means, and how to mend it",
    epilog="Exit codes: 0 explained, 2 no such cause.",
)
@click.argument("cause", required=False)
def command(cause: str | None) -> int:
    """Explain a CAUSE or a verdict that a report names; without one, list them all."""
    from convcheck.errors import Mistake
    from convcheck.reports import explain
    from convcheck.verdict.explanations.words import VERDICTS, catalogue

    known = catalogue()
    name = (cause or "").strip().lower()
    if not name:
        click.echo(explain.listing(known))
    elif name in VERDICTS:
        click.echo(explain.verdict(name))
    elif all(part in known for part in name.split("+")):
        click.echo("\n\n".join(explain.cause(known[part]) for part in name.split("+")))
    else:
        raise Mistake(unknown(name, [*known, *VERDICTS]))
    return 0


def unknown(name: str, known: list[str]) -> str:
    """What to say about a cause that there is not."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 3, 0.5) or [one for one in known if name in one][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "run convcheck explain for the list"
    return f"there is no cause '{name}'; {hint}"
