"""The server of the tools, and its two transports."""

from __future__ import annotations

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations

import kg
from kg.client import Connection
from kg.errors import SettingsError
from kg.mcp.current import Current
from kg.mcp.tools import Tools
from kg.settings import Settings

INSTRUCTIONS = """\
A graph of what news articles say. Nothing in it is stated as fact: each statement has claimants (all who put it
forward, by the article; an empty list where nobody asserts it), how firmly it is said, and its evidence (passage,
offsets, SHA-256). Always repeat a statement with all its claimants and how firmly it is said, a figure with its bound,
and cite the statement's IRI with the release. Set disputes side by side. Verify words with verify_quote before you give
them as a quotation."""
PATH = "/mcp"
LONGEST = 256_000
"""Bytes of a request over HTTP: the longest query, escaped."""


def make_server(connection: Connection) -> MCPServer[None]:
    """Return a server whose tools ask through a connection, at whichever release is active."""
    server: MCPServer[None] = MCPServer("attested", title="Attested", instructions=INSTRUCTIONS, version=kg.__version__)
    tools = Tools(Current(connection))
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in (
        *(tools.search, tools.entity, tools.statements, tools.statement, tools.disputes, tools.figures),
        *(tools.stored_queries, tools.stored_query, tools.sparql, tools.ontology, tools.verify_quote),
    ):
        server.add_tool(tool, annotations=reads)
    return server


def serve_stdio(connection: Connection) -> None:
    """Answer on standard input and output until the input ends."""
    make_server(connection).run("stdio")


def serve_http(connection: Connection, host: str, port: int, settings: Settings) -> None:
    """Answer by streamable HTTP at ``/mcp`` until the process is stopped; keeps nothing between requests.

    Only requests to this host's names are taken, those of KG_HOSTS among them, so that no page of another site asks
    through a reader's browser. Raises SettingsError for a host that is open to others without such names.
    """
    names = [*settings.hosts.split(), "127.0.0.1", "localhost", "[::1]"]
    if host not in ("127.0.0.1", "localhost", "::1") and not settings.hosts:
        raise SettingsError(f"To listen on {host}, name the hosts that this server answers to in KG_HOSTS.")
    hosts = [*names, *(f"{name}:*" for name in names)]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts]
    make_server(connection).run(
        "streamable-http",
        host=host,
        port=port,
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        max_request_body_size=LONGEST,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
    )
