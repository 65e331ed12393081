"""Every exception that kg raises on purpose.

::

    KgError
    ├── SettingsError            a setting or argument cannot be used
    ├── DataError                a file cannot be read as what it should be
    ├── ParameterError           a parameter's value cannot be used
    │   └── NothingNamed         it names nothing that the release has
    ├── ReleaseError             a release cannot be made, found or opened
    │   ├── NotConforming        the data have violations, so nothing was published; carries the report
    │   ├── NotStorable          the data hold what a release cannot hold as it is written
    │   ├── LogDamaged           the log of changes was changed after it was written
    │   ├── Pruned               the release was there and was pruned; carries what is known of it
    │   └── ReleasesBusy         another process is writing to the folder of releases
    ├── Unpublished              a write was accepted, and its release is made later
    ├── WriteError               a write was not made, and nothing was changed
    │   ├── WriteRefused         it asks for what may not be written here
    │   ├── WriteTimeout         the deadline passed and the writer was killed
    │   ├── WriterBusy           the writes before it took until its deadline
    │   ├── StorageFull          the disk has no room left
    │   ├── StorageFailed        the disk cannot be read or written
    │   ├── ContentError         a document is not what its media type says
    │   └── GraphNotFound        there is no graph of that name
    └── QueryError               a query got no answer; names the limit that ended it, if one did
        ├── QuerySyntaxError     it is not SPARQL; carries line and column
        ├── QueryTooLarge        the query, or its answer, passes a limit
        ├── QueryTimeout         the deadline passed and the worker was killed
        ├── TooManyQueries       the client has as many in progress as it may
        ├── QueryRefused         it asks for something that is not allowed here
        ├── ServiceFailed        another endpoint, which it calls by SERVICE, gave no answer that can be used
        ├── QueryNotAcceptable   the kind of result has no media type that the client accepts
        ├── NotExplained         the engine gives no plan for it
        ├── QueryCancelled       nobody waits for its answer any more
        └── EngineUnavailable    no engine could be asked

The message of each says what is wrong and what to do; the command line prints it as it is.
"""

from __future__ import annotations


class KgError(Exception):
    """Something a person or client can correct; the message says how."""


class SettingsError(KgError):
    """A setting, an environment variable or an argument has a value that cannot be used."""


class DataError(KgError):
    """A file cannot be read as what it should be."""


class ParameterError(KgError):
    """The value of a parameter names nothing, or more than one thing, or is not of its kind; the message says which."""


class NothingNamed(ParameterError):
    """A parameter's value names nothing that the release has; the message has the nearest names."""


class ReleaseError(KgError):
    """A release cannot be made, found or opened."""


class NotConforming(ReleaseError):
    """The data have violations; nothing was published. ``report`` is the validation report, in ``media_type``."""

    def __init__(self, message: str, report: str = "", media_type: str = "text/plain") -> None:
        """Keep the report with the message."""
        super().__init__(message)
        self.report = report
        self.media_type = media_type


class NotStorable(ReleaseError):
    """The data hold what a release cannot hold as it is written, such as ``01`` for an integer."""


class LogDamaged(ReleaseError):
    """A record of the log of changes was changed after it was written; the message says what is done with it."""


class Pruned(ReleaseError):
    """The release was there and was pruned."""


class ReleasesBusy(ReleaseError):
    """Another process is writing to the folder of releases."""


class Unpublished(KgError):
    """The write was accepted and is on the disk, and its process ended before the release was made, which is next."""


class WriteError(KgError):
    """A write was not made, and nothing was changed."""


class WriteRefused(WriteError):
    """The write asks for what may not be written here: a protected graph, or another server's data."""


class WriteTimeout(WriteError):
    """The deadline passed; the process that made the write was killed."""


class WriterBusy(WriteError):
    """The writes before this one took until its deadline."""


class StorageFull(WriteError):
    """The disk of the releases has no room left."""


class StorageFailed(WriteError):
    """The disk of the releases cannot be read or written: it is read-only, or fails."""


class ContentError(WriteError):
    """A document cannot be read as what its media type says."""


class GraphNotFound(WriteError):
    """There is no graph of that name."""


class QueryError(KgError):
    """A query got no answer. ``limit`` names the limit that ended it, as the endpoint's headers do; None for none."""

    def __init__(self, message: str, limit: str | None = None) -> None:
        """Keep the limit's name with the message."""
        super().__init__(message)
        self.limit = limit


class QuerySyntaxError(QueryError):
    """The text is not a SPARQL query. ``line`` and ``column`` count from 1; None where unknown."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        """Keep the place with the message."""
        super().__init__(message)
        self.line = line
        self.column = column


class QueryTooLarge(QueryError):
    """The query text, or its answer, passes a limit."""


class TooManyQueries(QueryError):
    """The client has as many queries in progress as it may."""


class QueryTimeout(QueryError):
    """The deadline passed; the worker that evaluated the query was killed."""


class QueryRefused(QueryError):
    """The query asks for something that is not allowed here, such as a call to another server."""


class ServiceFailed(QueryError):
    """An endpoint that the query calls by SERVICE gave no answer that can be used; the message names it."""


class QueryNotAcceptable(QueryError):
    """The query's kind of result has no media type that the client accepts."""


class NotExplained(QueryError):
    """The engine that answers here, or for this query, gives no plan."""


class QueryCancelled(QueryError):
    """Nobody waits for the answer any more."""


class EngineUnavailable(QueryError):
    """No engine could be asked: it did not start, died, or could not be reached."""
