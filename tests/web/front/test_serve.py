"""A server is stopped and renewed without a request that fails, and goes when its parent goes."""

from __future__ import annotations

import ast
import http.client
import inspect
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from granian import _futures
from granian.server import mp

from helpers.serving import HOME, Answer, Server, free_port
from helpers.waiting import PATIENCE, wait_until
from kg.web.serve import Front

SLOW = """
SELECT (COUNT(*) AS ?n) WHERE {
  { SELECT ?a ?c WHERE { ?a ?b ?c } LIMIT 4000 }
  { SELECT ?d ?f WHERE { ?d ?e ?f } LIMIT 2500 }
  FILTER(STR(?c) != STR(?f) || true)
}
"""
"""Takes seconds, and has one row, the number 10,000,000."""


LONG = "ASK {}" + " " * 8000
"""Longer than the settings file allows once it has been read."""


@pytest.fixture
def front(releases: Path, tmp_path: Path) -> Iterator[Server]:
    """A server of its own, whose settings file the test may change."""
    file = tmp_path / "attested.env"
    file.write_text("# none yet\n", encoding="utf-8")
    running = Server(releases, KG_SETTINGS=str(file), KG_QUERY_SECONDS="60")
    yield running
    running.stop()


def ask_slowly(server: Server, pool: ThreadPoolExecutor) -> Callable[[], Answer]:
    """Return what waits for the answer to a query that a worker has begun to evaluate."""
    asked = pool.submit(server.query, SLOW, "text/csv")
    assert wait_until(lambda: server.get("/health").text.count('"idle": 4') == 1)
    assert not asked.done()
    return lambda: asked.result(PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_answer_in_hand_arrives_whole_before_the_server_ends(front: Server, number: signal.Signals) -> None:
    with ThreadPoolExecutor() as pool:
        wait = ask_slowly(front, pool)
        front.process.send_signal(number)
        answer = wait()
    assert answer.status == 200
    assert answer.text.split() == ["n", "10000000"]
    assert front.process.wait(PATIENCE) == 0


def test_what_takes_longer_than_the_grace_is_broken_off(releases: Path) -> None:
    server = Server(releases, KG_QUERY_SECONDS="60", KG_SHUTDOWN_SECONDS="1")
    endless = SLOW.replace("LIMIT 4000", "").replace("LIMIT 2500", "")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(server.query, endless)
        assert wait_until(lambda: '"idle": 4' in server.get("/health").text)
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 0
        with pytest.raises(OSError):  # noqa: PT011 - how a connection breaks off is the system's choice
            asked.result(PATIENCE)
    server.stop()


def test_a_renewal_fails_no_request_and_takes_up_the_settings(front: Server, tmp_path: Path) -> None:
    (tmp_path / "attested.env").write_text("KG_QUERY_BYTES=8000\n", encoding="utf-8")
    statuses: list[int] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            statuses.append(front.get("/code/flat").status)

    with ThreadPoolExecutor() as pool:
        askers = [pool.submit(keep_asking) for _ in range(3)]
        wait = ask_slowly(front, pool)
        front.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: front.query(LONG).status == 413)
        assert wait().text.split() == ["n", "10000000"]
        done.set()
        for asker in askers:
            asker.result(PATIENCE)
    assert len(statuses) > 20
    assert set(statuses) == {200}


def test_a_renewal_answers_on_connections_that_were_open_before_and_then_closes_them(
    front: Server, tmp_path: Path
) -> None:
    request = b"GET /code/flat HTTP/1.1\r\nHost: x\r\n\r\n"
    with ExitStack() as stack:
        silent, used = (stack.enter_context(socket.create_connection(("127.0.0.1", front.port), 30)) for _ in range(2))
        used.sendall(request)
        assert used.recv(65_536).startswith(b"HTTP/1.1 200")
        (tmp_path / "attested.env").write_text("KG_QUERY_BYTES=8000\n", encoding="utf-8")
        front.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: front.query(LONG).status == 413)
        for connection in (silent, used):
            connection.sendall(request)
            head = connection.recv(65_536).lower()
            while part := connection.recv(65_536):  # to its end: the server closes it
                head += part
            assert b"http/1.1 200" in head
            assert b"connection: close" in head


def test_a_renewal_that_cannot_be_is_none(front: Server, tmp_path: Path) -> None:
    (tmp_path / "attested.env").write_text("KG_QUERY_BYTES=many\n", encoding="utf-8")
    front.process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert front.get("/code/flat").status == 200
    assert front.process.poll() is None
    (tmp_path / "attested.env").write_text("KG_QUERY_BYTES=8000\n", encoding="utf-8")
    front.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: front.query(LONG).status == 413)


FAULTY = """
import errno, os, pathlib, sys, time
from kg import cli
from kg.web import serve
slow, short = map(pathlib.Path, sys.argv[1:3])
del sys.argv[1:3]
serve.READY_SECONDS = 100_000
create_app, fork = serve.create_app, os.fork
def create_slowly(settings):
    if slow.exists():
        slow.with_name("begun").write_text(f"{os.getpid()}\\n")
    while slow.exists():
        time.sleep(0.01)
    return create_app(settings)
def fork_or_not():
    if short.exists():
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return fork()
serve.create_app, os.fork = create_slowly, fork_or_not
cli.main()
"""
"""A server whose processes do not get ready while one file exists, and are not to be had while another does."""


class FaultyServer(Server):
    """A server that renews itself slowly, or not at all, as long as a test wants that."""

    def __init__(self, releases: Path, folder: Path, **environment: str) -> None:
        self.slow, self.short, self.log = folder / "slow", folder / "short", folder / "log"
        with self.log.open("wb") as log:
            program = (sys.executable, "-c", FAULTY, str(self.slow), str(self.short))
            super().__init__(releases, log.fileno(), program, KG_QUERY_SECONDS="600", **environment)

    def begin_renewal(self) -> int:
        """Have a renewal begun that does not get on; return the process that is to take over."""
        self.slow.touch()
        self.process.send_signal(signal.SIGHUP)
        begun = self.slow.with_name("begun")
        assert wait_until(lambda: begun.exists() and begun.read_text("utf-8").endswith("\n"))
        return int(begun.read_text("utf-8"))

    def answers(self) -> bool:
        with suppress(OSError):
            return self.get("/code/flat").status == 200
        return False

    def hears(self, said: str) -> bool:
        return wait_until(lambda: said in self.log.read_text("utf-8"))


def is_running(process: int) -> bool:
    """Return whether a process has not ended, waited for or not."""
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.fixture
def faulty(releases: Path, tmp_path: Path) -> Iterator[FaultyServer]:
    running = FaultyServer(releases, tmp_path, KG_LOG_LEVEL="info")
    yield running
    running.slow.unlink(missing_ok=True)
    running.process.kill()
    running.stop()


def test_where_the_front_dies_during_a_renewal_the_new_one_takes_over_and_the_server_goes_on(
    faulty: FaultyServer,
) -> None:
    old = faulty.front()
    new = faulty.begin_renewal()
    os.kill(old, signal.SIGKILL)
    assert wait_until(lambda: not is_running(old))
    faulty.slow.unlink()
    assert wait_until(faulty.answers)
    assert faulty.front() == new
    faulty.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: not is_running(new) and faulty.answers())
    faulty.process.terminate()
    assert faulty.process.wait(PATIENCE) == 0


def test_a_renewal_for_which_there_is_no_process_is_none_and_the_next_is_one(faulty: FaultyServer) -> None:
    old = faulty.front()
    faulty.short.touch()
    faulty.process.send_signal(signal.SIGHUP)
    assert faulty.hears("not renewed; the server goes on as it is: [Errno 11]")
    assert faulty.answers()
    faulty.short.unlink()
    faulty.process.send_signal(signal.SIGHUP)
    assert wait_until(lambda: not is_running(old) and faulty.answers())
    faulty.process.terminate()
    assert faulty.process.wait(PATIENCE) == 0


def test_where_the_front_dies_and_there_is_no_process_to_replace_it_the_server_ends(faulty: FaultyServer) -> None:
    faulty.short.touch()
    os.kill(faulty.front(), signal.SIGKILL)
    assert faulty.process.wait(PATIENCE) == 1
    assert faulty.hears("cannot be started anew, and the server ends: [Errno 11]")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_during_a_renewal_too_and_answers_what_it_has_begun(
    faulty: FaultyServer, number: signal.Signals
) -> None:
    with ThreadPoolExecutor() as pool:
        wait = ask_slowly(faulty, pool)
        new = faulty.begin_renewal()
        faulty.process.send_signal(number)
        answer = wait()
    assert answer.text.split() == ["n", "10000000"]
    assert faulty.process.wait(PATIENCE) == 0
    assert not is_running(new)


def test_a_front_that_dies_while_the_one_before_it_leaves_is_started_anew(faulty: FaultyServer) -> None:
    old = faulty.front()
    with socket.create_connection(("127.0.0.1", faulty.port)) as asking:
        query = quote(SLOW.replace("LIMIT 4000", "").replace("LIMIT 2500", ""))
        asking.sendall(f"GET /sparql?query={query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert wait_until(lambda: '"idle": 4' in faulty.get("/health").text)
        new = faulty.begin_renewal()
        faulty.slow.unlink()
        assert faulty.hears("renewed")
        os.kill(new, signal.SIGKILL)
        assert wait_until(faulty.answers)
        assert is_running(old)


def test_a_front_that_is_starting_goes_when_its_parent_is_killed(faulty: FaultyServer) -> None:
    new = faulty.begin_renewal()
    faulty.process.kill()
    assert wait_until(lambda: not is_running(new))


def test_granian_still_has_the_private_members_that_the_front_stands_on() -> None:
    """kg.web.serve.Front replaces some and uses what they use; a new granian that has them otherwise needs a look."""

    def attributes(code: Any) -> set[str]:
        tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
        return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    base = Front.__mro__[1]
    top = base.__mro__[1]
    opened = attributes(base._init_shared_socket) | attributes(top._init_shared_socket)
    assert {"_ssp", "_shd", "_sfd", "_sso"} <= opened
    assert [*inspect.signature(base._spawn_worker).parameters][1:] == ["idx", "target", "callback_loader"]
    assert [*inspect.signature(top._serve_loop).parameters][1:] == ["spawn_target", "target_loader"]
    assert {"_spawn_worker", "wrks"} <= attributes(top._spawn_workers)
    assert {"signal_handler_interrupt", "signal_handler_reload"} <= attributes(top.startup)
    assert {"interrupt_signal", "reload_signal"} <= attributes(top._serve_loop)
    assert {"startup", "_serve_loop", "shutdown"} <= attributes(top._serve)
    assert {"wrks", "workers_kill_timeout", "terminate", "kill"} <= attributes(top._stop_workers)
    assert {"_stop_workers", "interrupt_children"} <= attributes(top.shutdown)
    scheduler = inspect.getsource(_futures)
    assert "_schedule_fn" in scheduler
    assert "_new_cbscheduler(loop, wcallback" in inspect.getsource(mp)
    worker = inspect.signature(base._spawn_worker).return_annotation
    assert {"inner", "_watch"} <= attributes(worker.start)


UNPATCHED = """
import types
from kg import cli
from kg.web import serve
serve.granian_mp = types.SimpleNamespace()  # so that granian keeps its own scheduler
cli.main()
"""


def test_the_layer_answers_by_the_public_interface_of_granian_alone(releases: Path) -> None:
    server = Server(releases, program=(sys.executable, "-c", UNPATCHED))
    try:
        assert server.query("ASK {}", "text/csv").body == server.query("ASK {}", "text/csv").body
        assert server.query("SELECT * { ?s ?p ?o } LIMIT 5000", "text/csv").text.count("\n") == 5001
        assert server.request("POST", "/sparql", b"ASK {}", Content_Type="application/sparql-query").status == 200
        assert server.request("HEAD", "/about").status == 200
        assert server.get("/none").status == 404
        assert server.get("//none").status == 404
    finally:
        server.stop()


@pytest.mark.parametrize("path", ["/metrics", "/health", "/about", "/sparql?query=ASK{}", "/none"])
def test_after_a_body_that_nobody_wants_the_connection_goes_on(server: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    with closing(connection):
        for _ in range(5):
            connection.request("GET", path, b" " * 300_000)
            connection.getresponse().read()
            connection.request("GET", "/about")
            assert connection.getresponse().read()


def test_a_body_that_nobody_wants_does_not_cost_the_answer(server: Server) -> None:
    for path, status in (("/article/florida-talks", 200), ("/update", 413)):
        for _ in range(20):
            method = "GET" if status == 200 else "POST"
            answer = server.request(method, path, b" " * 900_000, Content_Type="application/sparql-update")
            assert answer.status == status


def test_the_front_goes_when_its_parent_is_killed(front: Server) -> None:
    front.process.kill()

    def is_free() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", front.port)) != 0

    assert wait_until(is_free)


def test_a_front_that_is_killed_is_started_anew(front: Server) -> None:
    killed = front.front()
    os.kill(killed, signal.SIGKILL)

    def answers() -> bool:
        with suppress(OSError):
            return front.get("/code/flat").status == 200
        return False

    assert wait_until(answers)
    assert front.front() != killed
    assert front.process.poll() is None
    front.process.terminate()
    assert front.process.wait(30) == 0


def test_a_front_that_cannot_start_ends_the_server(releases: Path) -> None:
    """What each worker is given is not enough to start, so that no process will ever serve."""
    server = subprocess.run(
        [sys.executable, "-m", "kg.cli", "serve", "--port", str(free_port())],
        env=os.environ | {"KG_HOME": str(HOME), "KG_RELEASES": str(releases), "KG_WORKER_MEMORY": "1000000"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert server.returncode == 1
    assert server.stderr.count("KG_WORKER_MEMORY") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [("KG_QUERY_BYTES 5", "attested.env:1: 'KG_QUERY_BYTES 5' is no setting"), ("\nKG_NONE=1", "attested.env:2")],
)
def test_a_settings_file_that_cannot_be_read_is_told_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    from kg.errors import SettingsError
    from kg.settings import read_settings

    file = tmp_path / "attested.env"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        read_settings({"KG_SETTINGS": str(file)})


def test_the_environment_goes_before_the_settings_file(tmp_path: Path) -> None:
    from kg.settings import read_settings

    file = tmp_path / "attested.env"
    file.write_text("KG_WORKERS=3\nKG_QUERY_BYTES=70\n", encoding="utf-8")
    settings = read_settings({"KG_SETTINGS": str(file), "KG_WORKERS": "5"} | {"HOME": os.environ.get("HOME", "")})
    assert (settings.workers, settings.query_bytes) == (5, 70)
