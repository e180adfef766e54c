"""What can go wrong. Each message says what is, what should be, and what to do."""

EXIT_MISTAKE = 2


class ConvcheckError(Exception):
    """Base of all errors that convcheck raises on purpose."""


class Mistake(ConvcheckError):
    """The command, its options or its files are wrong: one line on stderr, exit code 2."""


class SpecError(Mistake):
    """A geometry that makes no sense, or arrays that do not fit it."""


class NoBound(ConvcheckError):
    """No rounding bound exists: n·u >= 1 for this arithmetic."""


class NotExact(ConvcheckError):
    """The exact path caught itself being inexact: a bug in convcheck, never a result."""
