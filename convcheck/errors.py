"""The exceptions that convcheck raises on purpose.

Each message says what is, what should be, and what to do.
"""

EXIT_MISTAKE = 2
"""Exit code of a command that ends with a ``UsageError``."""

EXIT_OWN_ERROR = 4
"""Exit code of a command that ends with any other exception: a bug of convcheck's own."""


class ConvcheckError(Exception):
    """Base of all exceptions that convcheck raises on purpose."""


class UsageError(ConvcheckError):
    """The command, its options or its files are wrong: one line on stderr, exit code 2."""


Mistake = UsageError
"""The former name of ``UsageError``: the same class, kept for code that imports or catches it."""


class SpecError(UsageError):
    """A geometry that makes no sense, or arrays that do not fit it."""


class CannotCompute(ConvcheckError):
    """An implementation does not do such a case: its row says why, and what helps."""


class InexactError(ConvcheckError):
    """A check on the exact path failed: a bug in convcheck, never a property of the data."""
