"""SPARQL 1.1 services reached over HTTP: any endpoint to ask, and the service that holds a release for this server."""

from kg.store.remote.endpoint import RemoteEndpoint
from kg.store.remote.engine import RemoteEngine

__all__ = ["RemoteEndpoint", "RemoteEngine"]
