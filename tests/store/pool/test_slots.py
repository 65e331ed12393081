"""Slots are shared fairly, and not more wait than may."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest

from helpers.waiting import PATIENCE, wait_until
from kg.errors import EngineUnavailable, QueryCancelled
from kg.store.cancel import Cancellation
from kg.store.pool.slots import Slots


def soon() -> float:
    return time.monotonic() + 60


@contextmanager
def waiting(slots: Slots, client: str, order: list[str], hold: threading.Event) -> Iterator[threading.Thread]:
    """Have a client wait for a slot in a thread, which holds it until told; ``order`` gets who came to be served."""

    def wait() -> None:
        with suppress(EngineUnavailable), slots.slot(client, soon()):
            order.append(client)
            hold.wait(60)

    before = slots.waiting
    thread = threading.Thread(target=wait)
    thread.start()
    end = soon()
    while slots.waiting == before and client not in order and time.monotonic() < end:
        time.sleep(0.001)
    yield thread
    hold.set()
    thread.join()


def test_a_client_with_many_waiting_does_not_keep_another_from_its_turn() -> None:
    slots, order, hold = Slots(2, 10), list[str](), threading.Event()
    with ExitStack() as all_of_them:
        greedy = all_of_them.enter_context(ExitStack())
        greedy.enter_context(slots.slot("greedy", soon()))
        for _ in range(4):
            all_of_them.enter_context(waiting(slots, "greedy", order, hold))
        assert order == []  # one turn is left, and it is not for the one that has the other
        with slots.slot("modest", soon()):
            pass
        assert order == []
        all_of_them.enter_context(waiting(slots, "other", order, hold))
        assert order == ["other"]
        greedy.close()  # so that those who wait come to their turn, and end


def test_with_one_turn_the_one_who_waited_longest_is_next() -> None:
    slots, order, hold = Slots(1, 10), list[str](), threading.Event()
    hold.set()
    with ExitStack() as all_of_them, slots.slot("x", soon()):
        for client in ("a", "b", "c"):
            all_of_them.enter_context(waiting(slots, client, order, hold))
    assert order == ["a", "b", "c"]


def test_only_so_many_wait() -> None:
    slots, hold = Slots(1, 1), threading.Event()
    hold.set()
    with ExitStack() as all_of_them:
        first = all_of_them.enter_context(ExitStack())
        first.enter_context(slots.slot("x", soon()))
        all_of_them.enter_context(waiting(slots, "y", [], hold))
        with pytest.raises(EngineUnavailable, match="1 queries are waiting") as caught, slots.slot("z", soon()):
            pass
        assert caught.value.limit == "queue"
        first.close()  # so that the one who waits comes to its turn, and ends


def test_who_gives_up_leaves_no_trace() -> None:
    slots = Slots(1, 1)
    with slots.slot("x", soon()):
        for _ in range(3):
            with pytest.raises(EngineUnavailable, match="busy") as caught, slots.slot("y", time.monotonic() + 0.01):
                pass
            assert caught.value.limit == "seconds"
        assert slots.waiting == 0
    with slots.slot("y", soon()):
        pass
    assert not slots._open.running


def test_the_quick_slot_of_one_who_is_gone_is_another_s_at_once() -> None:
    """A slow query leaves the quick slot for an open one; its client may have gone when it does."""
    slots, cancellation = Slots(1, 10), Cancellation()
    with slots.slot("long", soon()), ThreadPoolExecutor(1) as threads:
        with slots.hold("gone", soon(), quick=True, cancellation=cancellation) as held:
            assert slots.is_quick(held)
            other = threads.submit(hold_quick, slots)
            assert wait_until(lambda: slots.waiting == 1)
            cancellation.cancel()
            with pytest.raises(QueryCancelled):
                slots.move(held, soon())
        assert other.result(PATIENCE)


def hold_quick(slots: Slots) -> bool:
    """Return whether it is the quick slot that comes free."""
    with slots.hold("other", soon(), quick=True) as held:
        return slots.is_quick(held)
