"""The command for agents."""

from __future__ import annotations

import click

from kg.commands.options import settings_with, told
from kg.errors import SettingsError


@click.command()
@click.argument("source", metavar="[URL|FOLDER]", required=False)
@click.option("--http", is_flag=True, help="Answer by streamable HTTP at /mcp, and not on standard input and output.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --http: address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True, help="With --http: its port.")
@told
def mcp(source: str | None, http: bool, host: str, port: int) -> None:
    """Serve the Model Context Protocol: tools for agents that ask URL, a server, or FOLDER, of releases.

    Without either, the folder of releases is asked. With --http a server must be asked, by whose limits each client is
    held. Quotations are verified against KG_TEXTS.
    """
    from kg.client import connect
    from kg.mcp import serve_http, serve_stdio

    settings = settings_with()
    place = source or str(settings.releases)
    if http and "://" not in place:
        raise SettingsError("With --http, name the server to ask, as in: kg mcp http://127.0.0.1:8000 --http")
    connection = connect(place, texts=settings.texts)
    if http:
        click.echo(f"kg mcp: release {connection.release} is answered from at http://{host}:{port}/mcp", err=True)
        serve_http(connection, host, port, settings)
    else:
        serve_stdio(connection)
