"""Errors from outside the program, reported in one line.

Every message quotes the bad value, names the file (in tables, the line) and says the
way out. The commands print the message and exit; a traceback means a bug.
"""


class AffdynError(Exception):
    """Base of every error that a user can cause and mend."""


class ConfigError(AffdynError):
    """A config field has a value that makes no sense."""


class CorpusError(AffdynError):
    """A corpus folder, table, rating or partition is not what its layout promises."""


class MissingCorpusError(CorpusError):
    """A corpus, or a folder of it, is not where it was looked for."""


class AudioError(AffdynError):
    """An audio file cannot be read or holds nothing."""


class FeatureError(AffdynError):
    """Features cannot be computed, or do not fit the ratings."""


class RunError(AffdynError):
    """A run's folder is unfinished, foreign, in use or cannot be written."""


class DamageError(RunError):
    """A file that a run left is not as it was written."""


class MachineError(AffdynError):
    """The machine lacks memory, or a device that was asked for."""


def reason(error: Exception) -> str:
    """What an exception of a library or of the system says, in one line, without file names."""
    return " ".join((getattr(error, "strerror", None) or str(error)).split())
