"""The two ways a request can fail; each message is one sentence: what was given, what is wrong, what to do."""


class RequestError(ValueError):
    """The request makes no sense, or is not offered (the command line exits with 2)."""


class OutsideError(RuntimeError):
    """Something outside failed: a missing engine, a full disk (the command line exits with 3)."""
