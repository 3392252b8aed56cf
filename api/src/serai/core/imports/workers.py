"""Where rows are checked: in processes of their own, so that a large file keeps every core busy, or in a thread."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import wait

from .checking import Checked, Checker, Row
from .noun import Noun
from .nouns import NOUNS
from .options import Options
from .reading import Table

Check = Callable[[Sequence[Row]], Checked]

_checkers: list[Checker] = []


@contextmanager
def checking(noun: Noun, options: Options, table: Table, *, workers: int) -> Iterator[tuple[Executor, Check]]:
    """An executor, and what to run in it."""
    if not workers:
        with ThreadPoolExecutor(1) as threads:
            yield threads, Checker(noun, options, table.headers, typed=table.typed).check
        return
    pool = ProcessPoolExecutor(
        workers,
        # not forked: this process has threads
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(noun.name, options, tuple(table.headers), table.typed),
    )
    try:
        yield pool, _check
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(noun: str, options: Options, headers: Sequence[str], typed: bool) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _checkers.append(Checker(NOUNS[noun], options, headers, typed=typed))


def _end_with_parent() -> None:
    """A killed parent cannot say that it is over; its children would wait for rows for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _check(rows: Sequence[Row]) -> Checked:
    return _checkers[0].check(rows)
