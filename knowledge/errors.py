"""Errors a user can do something about: one line each, exit status 2 at the command line."""


class AthanorError(Exception):
    """What was given, what is allowed, and what to do next, in one line."""


class FormulaError(AthanorError):
    """A formula that names no compound."""


class UnbalancedError(AthanorError):
    """Precursors that cannot make the target, whatever the amounts."""


class NoEnergyError(AthanorError):
    """A compound or chemical system that no energy source covers."""


class RecordError(AthanorError):
    """A record, or a file of records, that does not hold together."""


class MissingDataError(AthanorError):
    """A dataset that a command needs and the data folder lacks."""


class FetchError(AthanorError):
    """A dataset that could not be brought from where it is, or is not what it should be."""
