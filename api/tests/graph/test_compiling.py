"""Documents never seen before get their turns within a share of the time; what is too much is refused, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise

import pytest

from serai.errors import CompileBusy
from serai.graph.compiling import MOST_WAITING, Compiling


class Clock:
    """A time that passes when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def taking(cpu: Clock, seconds: float) -> Callable[[], str]:
    def step() -> str:
        cpu.now += seconds
        return "compiled"

    return step


def contended(clock: Clock, cpu: Clock, *, patience_s: float = 1.0) -> Compiling:
    return Compiling(lambda: True, share=0.25, burst_s=0.1, patience_s=patience_s, clock=clock, cpu=cpu)


async def test_while_nobody_else_is_answered_nothing_is_refused_and_nothing_is_charged() -> None:
    clock, cpu = Clock(), Clock()
    compiling = Compiling(lambda: False, burst_s=0.1, clock=clock, cpu=cpu)
    for _ in range(100):
        assert await compiling.run(taking(cpu, 0.05), key=object()) == "compiled"
    assert (compiling.done, compiling.refused) == (100, 0)
    assert compiling.spent_s == pytest.approx(5.0)


async def test_beside_others_it_takes_no_more_than_its_burst_and_its_share_of_the_time() -> None:
    clock, cpu = Clock(), Clock()
    compiling = contended(clock, cpu, patience_s=0.0)
    admitted = 0
    for _ in range(1000):  # ten seconds, a document of five milliseconds every ten
        try:
            await compiling.run(taking(cpu, 0.005), key=object())
            admitted += 1
        except CompileBusy:
            pass
        clock.now += 0.01
    assert admitted == compiling.done == 1000 - compiling.refused
    assert 0.25 * 10 <= compiling.spent_s <= 0.1 + 0.25 * 10 + 0.005


async def test_a_refusal_says_when_to_come_again_and_then_there_is_a_turn() -> None:
    clock, cpu = Clock(), Clock()
    compiling = contended(clock, cpu)
    await compiling.run(taking(cpu, 1.1), key=object())  # one second more than there was: four to wait
    with pytest.raises(CompileBusy) as caught:
        await compiling.run(taking(cpu, 0.005), key=object())
    assert caught.value.data == {"retry_after_s": 3}
    assert compiling.refused_within(60)
    clock.now += 4.1
    assert await compiling.run(taking(cpu, 0.005), key=object()) == "compiled"
    clock.now += 60
    assert not compiling.refused_within(60)


async def test_what_was_begun_is_not_refused_at_its_second_step() -> None:
    clock, cpu = Clock(), Clock()
    compiling = contended(clock, cpu)
    await compiling.run(taking(cpu, 1.1), key=object())
    second = asyncio.create_task(compiling.run(taking(cpu, 0.005), key=object(), is_admitted=True))
    await asyncio.sleep(0)
    assert not second.done()
    clock.now += 4.1
    assert await second == "compiled"
    assert compiling.refused == 0


async def test_others_have_the_loop_between_two_steps() -> None:
    compiling = Compiling(lambda: True)
    order: list[str] = []

    async def other() -> None:
        for _ in range(10):
            order.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(
        *(compiling.run(lambda: order.append("compiled"), key=object()) for _ in range(3)), other()
    )
    assert all(pair != ("compiled", "compiled") for pair in pairwise(order)), order


async def test_those_who_wait_are_counted_and_bounded() -> None:
    clock, cpu = Clock(), Clock()
    compiling = contended(clock, cpu, patience_s=10_000)
    await compiling.run(taking(cpu, 1.1), key=object())
    waiting = [
        asyncio.create_task(compiling.run(taking(cpu, 0.001), key=object())) for _ in range(MOST_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(CompileBusy):
        await compiling.run(taking(cpu, 0.001), key=object())
    for one in waiting:
        one.cancel()
    assert len(await asyncio.gather(*waiting, return_exceptions=True)) == MOST_WAITING
    clock.now += 10
    assert await compiling.run(taking(cpu, 0.001), key=object()) == "compiled"


async def test_what_many_ask_for_at_once_is_compiled_once_and_refused_to_none() -> None:
    compiling = Compiling(lambda: True, burst_s=0.1)
    begun: list[str] = []
    first = asyncio.create_task(
        compiling.run(lambda: begun.append("a") or len(begun), key="a", is_admitted=True)
    )
    others = [asyncio.create_task(compiling.run(lambda: 0, key="a")) for _ in range(2 * MOST_WAITING)]
    await asyncio.sleep(0)
    first.cancel()
    assert await asyncio.gather(*others) == [1] * len(others)
    assert begun == ["a"]
    assert compiling.refused == 0
    with pytest.raises(ZeroDivisionError):
        await compiling.run(lambda: 1 // 0, key="b", is_admitted=True)
    assert await compiling.run(lambda: 2, key="b", is_admitted=True) == 2
