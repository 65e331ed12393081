"""The graph for agents, by the Model Context Protocol: tools that answer with statements, never with bare facts.

A process of its own that asks a server of ``kg serve`` as any client does, or, over stdio, a folder of releases. So it
needs nothing of the front, and a limit of the front holds for it, too: over HTTP it names the address of the client
that asks it (``X-Forwarded-For``), which the server heeds where ``KG_TRUSTED_PROXIES`` says so; else all share one
budget.
"""

from kg.mcp.server import make_server, serve_http, serve_stdio

__all__ = ["make_server", "serve_http", "serve_stdio"]
