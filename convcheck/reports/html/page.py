"""What a page shows, for the templates: the blocks of the report, and a section for each case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text

from convcheck.reports.content.blocks import Block, Headline
from convcheck.reports.content.findings import Told
from convcheck.reports.html.heat import HeatMap
from convcheck.reports.html.networks.data import Networks
from convcheck.results import Experiment, Finding


@dataclass(frozen=True)
class Ring:
    """Where a picture has a ring, in its own pixels."""

    width: int
    height: int
    x: int
    y: int


@dataclass(frozen=True)
class Bar:
    """A colour bar under a picture."""

    colors: str
    """The name of a colour map."""
    ticks: Sequence[str]
    unit: str


@dataclass(frozen=True)
class Curve:
    """A line of points, in a box of ``Drawing.WIDTH`` by ``Drawing.HEIGHT``."""

    points: str
    number: int = 0
    """Of its colour."""


@dataclass(frozen=True)
class Drawing:
    """Curves in one box, with words along its axes."""

    curves: Sequence[Curve]
    bottom: Sequence[str]
    """Along the horizontal axis."""
    side: tuple[str, str]
    """At the lower and upper end of the vertical axis."""
    rules: Sequence[float] = ()
    """Dotted vertical lines, as shares of the width."""
    levels: Sequence[float] = ()
    """Dotted horizontal lines, as shares of the height from above."""
    legend: Sequence[str] = ()
    """Names of the curves, where there are several."""

    WIDTH = 600
    HEIGHT = 200


@dataclass(frozen=True)
class Picture:
    """One of the static pictures: pixels or curves."""

    layer: str
    """``input``, ``output-0``, ``exact``, ``difference``, ``over-0``, ``ulps-0``, ``histogram``."""
    title: str
    words: Sequence[str] = ()
    url: str = ""
    """``data:``, of an image."""
    size: tuple[int, int] = (0, 0)
    ring: Ring | None = None
    bar: Bar | None = None
    drawing: Drawing | None = None


@dataclass(frozen=True)
class Row:
    """A row of a table that leads to a section."""

    number: int
    cells: Sequence[Text]
    values: Sequence[float | str]
    """What each cell is sorted by."""


@dataclass(frozen=True)
class SortableTable:
    """A table with a row for each case, what fails first."""

    header: Sequence[str]
    right: Sequence[int]
    link: int
    """The column whose cells lead to the sections."""
    rows: Sequence[Row]


@dataclass(frozen=True)
class CaseView:
    """Everything about one case."""

    number: int
    name: str
    """"" where the page is about this one alone."""
    headline: Headline
    blocks: Sequence[Block]
    implementations: Sequence[tuple[str, Sequence[str]]]
    """Rows of a table with a column for each implementation; the first has their labels."""
    findings: Sequence[tuple[Told, Sequence[tuple[str, Experiment]]]]
    """What was found, and its evidence: what was tried, about which implementation."""
    blind: Mapping[str, Sequence[str]]
    """Options -> what they would show that this case cannot."""
    pictures: Sequence[Picture] = ()
    about_pictures: str = ""
    numbers: dict[str, Any] | None = None
    """For the script; see its description in ``numbers.py``."""
    about_numbers: str = ""
    reproduce: str = ""
    is_open: bool = True


@dataclass(frozen=True)
class PlaceView:
    """A place where two models differ."""

    number: int
    label: str
    """``first``, ``worst`` or ``then``."""
    where: str
    facts: Sequence[str]
    """What was seen there, in sentences."""
    findings: Sequence[tuple[Finding, Text]]
    """Each with what is said of it."""
    pairs: Sequence[tuple[int, str]]
    """The pairs that show it: number and name."""


@dataclass(frozen=True)
class PairView:
    """A convolution of A and the one of B that it is."""

    number: int
    name: str
    headline: Headline
    rows: Sequence[tuple[str, str, str]]
    """What, of A, of B; the last is "" where it is about both."""
    findings: Sequence[tuple[Finding, Text]]
    calls: Sequence[tuple[str, CaseView]]
    """Their own calls: of whom, and the case."""
    is_open: bool


@dataclass(frozen=True)
class Page:
    """A whole page."""

    title: str
    headline: Headline | None
    blocks: Sequence[Block]
    places: Sequence[PlaceView] = ()
    about_places: str = ""
    networks: Networks | None = None
    heat: HeatMap | None = None
    more: Sequence[Block] = ()
    """Blocks that follow these."""
    table: SortableTable | None = None
    pairs: Sequence[PairView] = ()
    cases: Sequence[CaseView] = field(default_factory=tuple)
    cases_are: str = "cases"
    """What the sections are about, in the plural."""
    exit_code: int | None = None
    """The command's; None of what has no verdict."""

    PLACES = 8
    """Of more places the others are folded."""
