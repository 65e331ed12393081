"""Guarantees of the pool of query workers: limits that hold, no network for them, no process left."""

from __future__ import annotations

import errno
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pyoxigraph
import pytest

from helpers.storing import (
    ALL,
    ENDLESS,
    EX,
    GREEDY,
    NESTED,
    child_pids,
    is_running,
    is_well,
    rows,
    start,
)
from helpers.waiting import PATIENCE, wait_until
from kg import errors
from kg.store import Query
from kg.store.cancel import Cancellation
from kg.store.evaluation.evaluate import evaluate
from kg.store.pool import process as process_module
from kg.store.pool.embedded import Pool, _encode
from kg.store.pool.process import FORKS, ForkServer, Process
from kg.store.pool.wire import LOWERED

# Limits


def test_the_deadline_kills_and_the_next_query_is_answered(directory: Path) -> None:
    with start(directory, query_seconds=0.4) as pool:
        pids = child_pids(pool)
        with pytest.raises(errors.QueryTimeout, match=r"within 0\.4 seconds"):
            pool.query(Query(ENDLESS))
        assert sum(map(is_running, pids)) == len(pids) - 1
        assert is_well(pool)


def test_the_query_after_a_kill_waits_for_no_replacement(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start(directory, query_seconds=0.4) as pool:
        monkeypatch.setattr(pool, "_start", lambda _: None)
        with pytest.raises(errors.QueryTimeout):
            pool.query(Query(ENDLESS))
        assert is_well(pool)


def test_several_kills_at_once_are_all_replaced(directory: Path) -> None:
    with start(directory, workers=3, query_seconds=0.4) as pool, ThreadPoolExecutor(3) as threads:
        for future in [threads.submit(pool.query, Query(ENDLESS, client=str(n))) for n in range(3)]:
            with pytest.raises(errors.QueryTimeout):
                future.result()
        assert is_well(pool)
        assert wait_until(lambda: pool._idle.qsize() == 5)


FINITE = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?s{i} ?p{i} ?o{i} .' for i in range(11))} }}"
"""Counts 4 to the power of 11, the triples of the store: seconds of work, more than the quick slot gives."""


def state(pid: int) -> str:
    """Return the letter of a process's state (proc_pid_stat(5)); T for one that is stopped."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    return ""


def is_lowered(pid: int) -> bool:
    with suppress(ProcessLookupError):
        return os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0) + LOWERED
    return False


def test_a_query_that_takes_long_lets_others_go_first_and_leaves_no_slow_worker(directory: Path) -> None:
    with start(directory, query_seconds=60) as pool, ThreadPoolExecutor(1) as threads:
        cancellation = Cancellation()
        asked = threads.submit(pool.query, Query(ENDLESS, cancellation=cancellation))
        assert wait_until(lambda: sum(map(is_lowered, child_pids(pool))) == 1)
        cancellation.cancel()
        with pytest.raises(errors.QueryCancelled):
            asked.result(30)
        answer = threads.submit(pool.query, Query(FINITE, client="x"))
        assert wait_until(lambda: any(map(is_lowered, child_pids(pool))))
        assert b'"4194304"' in answer.result(60).body
        assert wait_until(lambda: pool._idle.qsize() == 4)
        assert not any(map(is_lowered, child_pids(pool)))
        assert pool.stats().ended == 1


def test_a_query_too_long_for_the_quick_slot_goes_on_where_it_was(directory: Path) -> None:
    with start(directory, query_seconds=60) as pool, ThreadPoolExecutor(2) as threads:
        cancellation = Cancellation()
        first = threads.submit(pool.query, Query(ENDLESS, client="a", cancellation=cancellation))
        assert wait_until(lambda: not pool._slots.free)
        second = threads.submit(pool.query, Query(FINITE, client="b"))
        assert wait_until(lambda: "T" in map(state, child_pids(pool)))
        assert pool.query(Query("ASK {}", client="c")).body == b'{"head":{},"boolean":true}'
        cancellation.cancel()
        with pytest.raises(errors.QueryCancelled):
            first.result(30)
        assert b'"4194304"' in second.result(60).body
        assert pool.stats().ended == 1  # that of the first


def test_a_text_longer_than_the_quick_slot_has_time_to_send_is_answered(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that SERVICE has filled, where the machine is too busy for the worker to read."""

    def is_sending() -> bool:
        asked = pool._processes - {*pool._idle.queue}
        return any(not select.select([], [process._socket], [], 0)[1] for process in asked)

    monkeypatch.setattr("kg.store.pool.embedded.QUICK_SECONDS", 0.0)
    with start(directory, query_seconds=60, query_bytes=2_000_000) as pool, ThreadPoolExecutor(2) as threads:
        cancellation = Cancellation()
        first = threads.submit(pool.query, Query(ENDLESS, client="a", cancellation=cancellation))
        assert wait_until(lambda: not pool._slots.free and pool._idle.qsize() == 3)
        idle = [process.number for process in pool._idle.queue]
        for pid in idle:
            os.kill(pid, signal.SIGSTOP)
        second = threads.submit(pool.query, Query("ASK {}" + " " * 900_000, client="b"))
        assert wait_until(lambda: second.done() or is_sending())
        for pid in idle:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        cancellation.cancel()
        assert second.result(60).body == b'{"head":{},"boolean":true}'
        with pytest.raises(errors.QueryCancelled):
            first.result(30)


def test_of_queries_too_long_for_the_quick_slot_few_keep_their_memory(directory: Path) -> None:
    with start(directory, query_seconds=60) as pool, ThreadPoolExecutor(3) as threads:
        cancellation = Cancellation()
        asked = [threads.submit(pool.query, Query(ENDLESS, client=c, cancellation=cancellation)) for c in "abc"]
        assert wait_until(lambda: pool.stats().ended == 1 and pool.stats().waiting == 2)
        assert list(map(state, child_pids(pool))).count("T") == 1
        cancellation.cancel()
        for each in asked:
            with pytest.raises(errors.QueryCancelled):
                each.result(30)
        assert wait_until(lambda: pool._idle.qsize() == 4)
        assert is_well(pool)


def test_a_worker_told_to_end_while_it_answered_is_not_asked_again(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancellation, reply = Cancellation(), Process.reply

    def reply_late(process: Process, seconds: float, **options: bool) -> object:
        answer = reply(process, seconds, **options)
        cancellation.cancel()
        return answer

    with start(directory) as pool:
        monkeypatch.setattr(Process, "reply", reply_late)
        with pytest.raises(errors.QueryCancelled):
            pool.query(Query("ASK {}", cancellation=cancellation))
        monkeypatch.undo()
        assert wait_until(lambda: pool._idle.qsize() == 4)
        assert pool.stats().ended == 1
        assert is_well(pool)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the clock counts")
def test_a_worker_that_waits_for_the_processor_is_not_taken_for_slow(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped, as on a busy machine, for longer than a slow one may use."""
    looks: list[float] = []

    def look(seconds: float, *connections: socket.socket) -> bool:
        looks.extend([seconds] if seconds else [])
        if len(looks) == 3:
            os.kill(pid, signal.SIGCONT)
        return is_readable(seconds, *connections)

    with start(directory) as pool:
        process = pool._idle.get()
        pid, is_readable = process.number, process_module._is_readable
        monkeypatch.setattr(process_module, "_is_readable", look)
        os.kill(pid, signal.SIGSTOP)
        assert process.ask(_encode(Query("ASK {}"), 1), 0.02, PATIENCE, PATIENCE)
        assert len(looks) >= 3
        assert process.reply(PATIENCE)[1] == b'{"head":{},"boolean":true}'
        assert not process.ask(_encode(Query(ENDLESS), 1), 0.02, PATIENCE, PATIENCE)
        pool._replace(process)


@pytest.mark.parametrize("failure", [OSError(errno.EMFILE, "Too many open files"), RuntimeError("no room")])
def test_a_worker_is_replaced_once_the_system_lets_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr("kg.store.pool.embedded.RETRY_SECONDS", 0.1)
    tried = threading.Event()

    def fail(*_: object, **__: object) -> object:
        tried.set()
        raise failure

    with start(directory, query_seconds=0.4) as pool:
        wanted = pool.stats().wanted
        with monkeypatch.context() as patch:
            patch.setattr("kg.store.pool.process.socket.socketpair", fail)
            with pytest.raises(errors.QueryTimeout):
                pool.query(Query(ENDLESS))
            assert tried.wait(60)
            time.sleep(0.2)
        assert wait_until(lambda: pool.stats().alive == wanted)


def test_a_pool_is_lost_once_a_worker_ends_and_its_store_is_there_no_more(directory: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(directory, tmp_path / "store")
    with start(copy, query_seconds=0.4) as pool:
        for is_there in (True, False):
            if not is_there:
                shutil.rmtree(copy)
            with pytest.raises(errors.QueryTimeout):
                pool.query(Query(ENDLESS))
            if is_there:
                assert wait_until(lambda: pool._idle.qsize() == 4)
                assert not pool.is_lost
        assert wait_until(lambda: pool.is_lost)
        assert is_well(pool)


def test_a_query_that_takes_too_much_memory_is_a_marked_error(directory: Path) -> None:
    with start(directory, worker_memory=1_000_000_000, query_seconds=20.0) as pool:
        with pytest.raises(errors.QueryTooLarge, match="more than 1 GB of memory or crashed"):
            pool.query(Query(GREEDY))
        assert is_well(pool)


def test_a_crash_of_the_parser_leaves_the_pool_answering(directory: Path) -> None:
    with start(directory, query_depth=20_000, query_chain=20_000) as pool:
        for _ in range(3):
            with pytest.raises(errors.QueryTooLarge, match="crashed the engine, as deep nesting does"):
                pool.query(Query(NESTED))
            assert is_well(pool)


def test_a_worker_killed_from_outside_is_not_the_query_s_fault(directory: Path) -> None:
    with start(directory) as pool, ThreadPoolExecutor(1) as threads:
        endless = threads.submit(pool.query, Query(ENDLESS))
        while not endless.done():  # a worker killed before the query is sent to it is replaced, as it should be
            time.sleep(0.5)
            for pid in child_pids(pool):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        with pytest.raises(errors.EngineUnavailable, match="The system ended"):
            endless.result()


def test_a_worker_killed_while_idle_costs_no_query(directory: Path) -> None:
    with start(directory) as pool:
        for pid in child_pids(pool):
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not pool.stats().alive)
        assert is_well(pool)


def test_an_answer_is_whole_or_an_error(directory: Path) -> None:
    with start(directory) as pool:
        body = pool.query(Query(ALL)).body
    with start(directory, answer_bytes=len(body)) as pool:
        assert pool.query(Query(ALL)).body == body
    with start(directory, answer_bytes=len(body) - 1) as pool:
        with pytest.raises(errors.QueryTooLarge, match=f"longer than {len(body) - 1} bytes"):
            pool.query(Query(ALL))
        with pytest.raises(errors.QueryTooLarge):
            pool.query(Query("CONSTRUCT WHERE { ?s ?p ?o }", graph_type="text/turtle"))
        assert is_well(pool)


def test_a_query_text_is_measured_in_bytes(directory: Path) -> None:
    with start(directory, query_bytes=10) as pool:
        assert pool.query(Query("ASK {} # a")).kind == "boolean"
        with pytest.raises(errors.QueryTooLarge, match="11 bytes long; at most 10"):
            pool.query(Query("ASK {} # å"))


def test_more_graphs_than_a_request_can_carry_are_too_large(pool: Pool) -> None:
    with pytest.raises(errors.QueryTooLarge, match="graphs and bindings"):
        pool.query(Query(ALL, default_graphs=tuple(f"{EX}{n:0100}" for n in range(10_000))))


def test_text_that_is_not_unicode_is_a_syntax_error(pool: Pool) -> None:
    with pytest.raises(errors.QuerySyntaxError, match="not valid Unicode"):
        pool.query(Query("ASK { ?s ?p '\ud800' }"))


def test_strangers_queries_leave_a_slot_to_the_site_s_own(directory: Path) -> None:
    with start(directory, query_seconds=1.5) as pool, ThreadPoolExecutor(2) as threads:
        endless = [threads.submit(pool.query, Query(ENDLESS)) for _ in range(2)]
        assert wait_until(lambda: pool._idle.qsize() == 2)
        assert pool.query(Query("ASK {}", internal=True)).kind == "boolean"
        assert not all(future.done() for future in endless)
        for future in endless:
            with pytest.raises((errors.QueryTimeout, errors.EngineUnavailable)):
                future.result()


def test_a_slot_is_waited_for_no_longer_than_the_deadline(directory: Path) -> None:
    with start(directory, query_seconds=0.2) as pool:
        with (
            pool._slots.hold("somebody", time.monotonic(), quick=True),
            pool._slots.hold("another", time.monotonic(), quick=True),
            pytest.raises(errors.EngineUnavailable, match="All 1 query workers are busy"),
        ):
            pool.query(Query("ASK {}"))
        assert is_well(pool)


def test_sixteen_threads_each_get_their_own_answer(pool: Pool) -> None:
    def ask(number: int) -> bool:
        return rows(pool, f"SELECT (({number} + COUNT(*)) AS ?n) {{ ?s ?p ?o }}") == [{"n": str(number + 4)}]

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(400)))


# The network


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/sparql", "http://localhost:{port}/"])
def test_service_makes_no_connection(pool: Pool, silent: str, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        iri = address.format(port=listener.getsockname()[1])
        text = f"SELECT ?s {{ SERVICE {silent}<{iri}> {{ ?s ?p ?o }} }}"
        if silent:
            assert rows(pool, text) == [{}]  # SPARQL 1.1 Federated Query §2.2: as if it were one empty solution
        else:
            with pytest.raises(errors.QueryRefused, match=r"other endpoints .* not allowed"):
                pool.query(Query(text))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_service_is_refused_by_its_name_where_the_platform_has_no_sandbox(directory: Path) -> None:
    store = pyoxigraph.Store.read_only(str(directory))
    with pytest.raises(errors.QueryRefused):
        evaluate(store, Query("ASK { SeRviCe SILENT<x:x>{} }"), 1000, 1000, network_denied=False)
    assert evaluate(store, Query("ASK {}"), 1000, 1000, network_denied=False).kind == "boolean"


# Processes


def run_script(script: str, *arguments: object) -> str:
    """Return what the script prints, run in a process of its own with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout


def test_the_front_loads_no_engine_and_close_leaves_no_child(directory: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from kg.settings import Settings
        from kg.store import Query
        from kg.store.pool.embedded import Pool
        with Pool(Path(sys.argv[1]), Settings(workers=2, query_seconds=0.2)) as pool:
            for text in ("ASK {}", sys.argv[2]):
                try:
                    print(pool.query(Query(text)).kind)
                except Exception as error:
                    print(type(error).__name__)
        assert not {"pyoxigraph", "SPARQLWrapper"} & set(sys.modules)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("no child")
    """
    assert run_script(script, directory, ENDLESS).split() == ["boolean", "QueryTimeout", "no", "child"]


def test_children_end_when_their_parent_is_killed(directory: Path) -> None:
    script = """
        import os, signal, sys, threading, time
        from pathlib import Path
        from kg.settings import Settings
        from kg.store import Query
        from kg.store.pool.embedded import Pool
        pool = Pool(Path(sys.argv[1]), Settings(workers=2, query_seconds=0.7))
        threading.Thread(target=pool.query, args=(Query(sys.argv[2]),), daemon=True).start()
        time.sleep(0.2)
        print(*(process.number for process in pool._processes), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    pids = [int(word) for word in run_script(script, directory, ENDLESS).split()]
    assert len(pids) == 5  # two slots, the quick one, the one of the site itself, and the spare
    # the busy one cannot see that its parent is gone, and ends itself a second after the deadline
    assert wait_until(lambda: not any(map(is_running, pids)))


def test_workers_are_made_again_with_their_parent(directory: Path) -> None:
    with start(directory) as pool:
        before = child_pids(pool)
        assert FORKS._process is not None
        FORKS._process.kill()
        assert wait_until(lambda: not any(map(is_running, before)))
        assert is_well(pool)
        assert wait_until(lambda: pool.stats().alive == pool.stats().wanted)
        assert not {*before} & {*child_pids(pool)}


def test_two_pools_share_a_parent_until_the_last_is_closed(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forks = ForkServer()
    for module in ("process", "embedded"):
        monkeypatch.setattr(f"kg.store.pool.{module}.FORKS", forks)
    with start(directory) as one:
        parent = forks._process
        with start(directory) as other:
            assert forks._process is parent
            assert is_well(other)
        assert is_well(one)
    assert forks._process is None
    assert parent is not None
    assert parent.returncode == 0


def test_workers_draw_different_numbers(directory: Path) -> None:
    """What is drawn at random is a worker's own, though all are copies of one process."""
    drawn = set()
    for _ in range(3):
        with start(directory) as pool:
            drawn.add(rows(pool, "SELECT (STRUUID() AS ?drawn) {}")[0]["drawn"])
    assert len(drawn) == 3


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_worker_holds_no_other_worker_s_connection(directory: Path) -> None:
    with start(directory, workers=3) as pool:
        for pid in child_pids(pool):
            links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
            assert sum(str(link).startswith("socket:") for link in links) == 1


def test_a_closed_pool_says_so_also_to_a_query_in_progress(directory: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        pool = start(directory)
        endless = threads.submit(pool.query, Query(ENDLESS))
        assert wait_until(lambda: pool._idle.qsize() == 3)
        pool.close()
        pool.close()
        for call in (endless.result, lambda: pool.query(Query("ASK {}"))):
            with pytest.raises(errors.EngineUnavailable, match="has been closed"):
                call()


def test_a_missing_or_damaged_store_is_told_in_the_worker_s_words(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.EngineUnavailable, match=r"none cannot be opened: .*No such file"):
        start(tmp_path / "none")
    damaged = shutil.copytree(directory, tmp_path / "damaged")
    for manifest in damaged.glob("MANIFEST-*"):
        manifest.write_bytes(b"junk")
    with pytest.raises(errors.EngineUnavailable, match=r"cannot be opened: .*[Cc]orrupt"):
        start(damaged)


def test_a_worker_sets_few_addresses_aside(directory: Path) -> None:
    """Without that, what a worker takes to start differs by half a gigabyte from one start to the next."""
    with start(directory, worker_memory=1_000_000_000) as engine:
        for pid in child_pids(engine):
            assert b"MALLOC_ARENA_MAX=2" in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


def test_too_little_memory_to_start_is_told(directory: Path) -> None:
    with pytest.raises(errors.EngineUnavailable, match="KG_WORKER_MEMORY"):
        start(directory, worker_memory=30_000_000)


def test_a_platform_without_limits_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Process.wait_ready
    monkeypatch.setattr(Process, "wait_ready", lambda self: {**ready(self), "network_denied": False})
    with pytest.raises(errors.EngineUnavailable, match=r"network_denied.*KG_UNSANDBOXED=1"):
        start(directory)


def test_a_platform_without_limits_is_warned_of_once_where_the_operator_goes_on(
    directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ready = Process.wait_ready
    monkeypatch.setattr(Process, "wait_ready", lambda self: {**ready(self), "network_denied": False})
    with start(directory, workers=2, unsandboxed=True):
        assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
            ("CRITICAL", "KG_UNSANDBOXED is set: query workers are NOT held to network_denied.")
        ]
