"""Real SPARQL 1.1 services for tests: ``oxigraph serve`` in memory, and settings for an engine behind it."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request

from conformance.servers import oxigraph_program
from helpers.serving import free_port
from helpers.waiting import PATIENCE


class Oxigraph:
    """``oxigraph serve`` on a free port, in memory; ``union`` makes its default graph the union of all."""

    def __init__(self, *, union: bool = True) -> None:
        self._options = ["--union-default-graph"] if union else []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it with nothing in it, on the port that it had before."""
        program = [oxigraph_program(), "serve", "--bind", f"127.0.0.1:{self.port}", *self._options]
        self._process = subprocess.Popen(program, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < end, "oxigraph serve did not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/query?query=ASK%7B%7D", timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    def update(self, text: str) -> None:
        """Change its data behind the engine's back."""
        headers = {"Content-Type": "application/sparql-update"}
        request = urllib.request.Request(f"{self.url}/update", text.encode(), headers)
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    @property
    def settings(self) -> dict[str, str]:
        """Settings of an engine behind it, by field."""
        names = {"engine_query": "query", "engine_update": "update", "engine_graphs": "store"}
        return {"engine": "remote"} | {name: f"{self.url}/{path}" for name, path in names.items()}

    @property
    def environment(self) -> dict[str, str]:
        """The same, as variables of the environment."""
        return {f"KG_{name.upper()}": value for name, value in self.settings.items()}

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        self._process.send_signal(number)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
