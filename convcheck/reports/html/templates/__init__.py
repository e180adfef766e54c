"""Writes a page with Jinja's templates: every text is escaped unless a template says it is not."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from convcheck.reports.content.blocks import GLUE
from convcheck.reports.context import Context
from convcheck.reports.figures import count, number
from convcheck.reports.html.page import Page
from convcheck.reports.html.rich_text import pieces
from convcheck.version import __version__

_FOLDER = Path(__file__).parents[1]
_STYLES = ("page.css", "heat.css", "networks.css", "viewer.css")


def write(page: Page, context: Context) -> str:
    """The page as one HTML document, which loads nothing and runs nothing but its own script."""
    style = "".join(_read(name) for name in _STYLES)
    script = "".join(_read(path.name) for path in sorted(_FOLDER.glob("*.js")))
    policy = (
        "default-src 'none'; img-src data:; "
        f"style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    return (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            context=context,
            style=style,
            script=script,
            policy=policy,
            version=__version__,
        )
        .strip()
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("convcheck.reports.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "pieces": pieces,
        "kind": lambda block: type(block).__name__,
        "plain": lambda text: text.replace(GLUE, " "),
        "number": number,
        "count": count,
    }
    return made
