"""Which HTTP status an error stands for."""

from __future__ import annotations

from werkzeug.exceptions import HTTPException

from kg.errors import (
    EngineUnavailable,
    GraphNotFound,
    NotConforming,
    NotExplained,
    NothingNamed,
    NotStorable,
    ParameterError,
    QueryError,
    QueryNotAcceptable,
    QueryTimeout,
    QueryTooLarge,
    ReleasesBusy,
    ServiceFailed,
    StorageFailed,
    StorageFull,
    TooManyQueries,
    Unpublished,
    WriteError,
    WriterBusy,
    WriteRefused,
    WriteTimeout,
)

STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NothingNamed, 404),
    (ParameterError, 400),
    (QueryNotAcceptable, 406),
    (NotExplained, 501),
    (QueryTooLarge, 413),
    (TooManyQueries, 429),
    (QueryTimeout, 503),
    (EngineUnavailable, 503),
    (ServiceFailed, 502),
    (QueryError, 400),
    (Unpublished, 202),
    (WriteRefused, 403),
    (GraphNotFound, 404),
    (WriteTimeout, 503),
    (WriterBusy, 503),
    (ReleasesBusy, 503),
    (StorageFull, 507),
    (StorageFailed, 503),
    (WriteError, 400),
    (NotConforming, 422),
    (NotStorable, 422),
)
"""Kind of error → status, the more special kinds first."""


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error; 500 for one that is nobody's request's fault."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
