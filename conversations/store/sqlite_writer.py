"""The one thread that writes to SQLite: it runs what waits and commits it in groups."""

import asyncio
import contextlib
import queue
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from conversations.store.port import OutcomeUnknown, Overloaded, TookTooLong
from conversations.store.sqlite_tx import SqliteTx, Watch, code_of, known

log = structlog.get_logger(__name__)

GROUP_LIMIT = 256
GROUP_S = 0.020
# After so large a group more is coming: let it gather, for what is written together shares pages and a flush. It costs
# nobody anything while messages wait for one another anyway, and saves a tenth of the CPU of each.
CROWD = 6
GATHER_S = 0.004
FUNCTION_SLOW_S = 0.050
FUNCTION_LIMIT_S = 1.0


class Job:
    """A function that waits for the writer, and the future that waits for the function.

    deadline: when it must have begun, by time.monotonic().
    """

    __slots__ = ("args", "deadline", "error", "fn", "future", "hints", "kwargs", "result")

    def __init__(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        future: asyncio.Future[Any],
        deadline: float,
    ) -> None:
        self.fn = fn
        self.args = args
        self.kwargs = kwargs
        self.future = future
        self.deadline = deadline
        self.result: Any = None
        self.error: BaseException | None = None
        self.hints: list[object] = []

    def succeed(self, result: Any, hints: list[object]) -> None:
        self.result, self.hints, self.error = result, hints, None

    def fail(self, error: BaseException) -> None:
        if isinstance(error, StopIteration):  # a future takes every exception but this
            error = RuntimeError("the function raised StopIteration")
        self.result, self.hints, self.error = None, [], error

    def settle(self) -> None:
        """On the event loop: tell whoever still waits."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs jobs on the one connection that writes, as many in a transaction as wait.

    A function that refuses has written nothing, as a rule, and leaves nothing to undo. So functions run without a
    SAVEPOINT, which cost a tenth of a message: with one open, SQLite copies each page before it changes it. Where one
    fails after it has written, the transaction is undone, and all that had run in it, also what had been refused by
    what it saw there, is run again with a SAVEPOINT each. Where the engine ends a transaction by itself (a full disk,
    an interrupted function) or COMMIT fails, each is run again alone, once.
    """

    __slots__ = ("_apart", "_connection", "_deliver", "_execute", "_jobs", "_together", "_tx", "_watch", "commits")

    def __init__(
        self,
        connection: sqlite3.Connection,
        tx: SqliteTx,
        jobs: "queue.SimpleQueue[Job | None]",
        deliver: Callable[[list[Job]], None],
    ) -> None:
        self._connection = connection
        self._tx = tx
        self._watch = Watch(connection, FUNCTION_LIMIT_S)
        self._jobs = jobs
        self._deliver = deliver
        self._together: list[Job] = []
        self._apart = False  # whether each function of the transaction has a SAVEPOINT
        self._execute = connection.cursor().execute
        self.commits = 0

    def work(self) -> None:
        """Until None comes: take what waits, run it, commit it, deliver it."""
        closing = False
        taken: list[Job] = []
        while not closing and (job := self._jobs.get()) is not None:
            if len(taken) >= CROWD:
                time.sleep(GATHER_S)
            taken = [job]
            self._apart = False
            try:
                closing = self._group(taken)
                self._commit_together()
            except BaseException as error:
                # a defect of ours, or of a rig's point: whoever waits is told, and the thread goes on
                log.exception("store.writer_failed")
                for one in taken:
                    one.fail(OutcomeUnknown(f"The writer failed: {error!r}."))
                self._together = []
                self._roll_back()
            self._deliver(taken)

    def _group(self, taken: list[Job]) -> bool:
        """Run the job that was taken and what waits behind it, up to a group's bounds. True: None came."""
        ends = time.monotonic() + GROUP_S
        while self._step(taken[-1]) and len(taken) < GROUP_LIMIT and time.monotonic() < ends:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return False
            if job is None:
                return True
            taken.append(job)
        return False

    def _step(self, job: Job) -> bool:
        """Run one job. False when the transaction cannot go on."""
        if time.monotonic() > job.deadline:
            job.fail(Overloaded("It waited too long and was not run."))
            return True
        if not self._connection.in_transaction:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                job.fail(known(error))
                return False
        alone = not self._together
        self._run(job, savepoint=self._apart and not alone)
        if self._connection.in_transaction:
            self._together.append(job)
            return True
        if alone:
            return True
        self._together.append(job)
        return not self._apart and self._again_apart()

    def _again_apart(self) -> bool:
        """Run what had run once more, with a SAVEPOINT each. False when the transaction cannot go on."""
        self._apart = True
        again = [job for job in self._together if not isinstance(job.error, TookTooLong)]
        self._together = []
        for place, job in enumerate(again, 1):
            if not self._step(job):
                self._together += again[place:]
                return False
        return True

    def _run(self, job: Job, *, savepoint: bool) -> None:
        execute, tx, watch = self._execute, self._tx, self._watch
        started = time.monotonic()
        changes = self._connection.total_changes
        watch.start()
        try:
            tx.begin()
            if savepoint:
                execute("SAVEPOINT f")
            result = job.fn(tx, *job.args, **job.kwargs)
            hints = tx.finish()
            if time.monotonic() - started > FUNCTION_LIMIT_S:
                raise TookTooLong(f"It ran longer than {FUNCTION_LIMIT_S} s.")
            if savepoint:
                execute("RELEASE f")
            job.succeed(result, hints)
        except BaseException as error:
            watch.stop()
            job.fail(known(error))
            if not self._connection.in_transaction:
                self._apart = True  # the engine ended it: no SAVEPOINT would have helped
            elif savepoint or self._connection.total_changes != changes:
                self._undo(savepoint=savepoint)
        finally:
            watch.stop()
        took_s = time.monotonic() - started
        if took_s > FUNCTION_SLOW_S:
            name = getattr(job.fn, "__qualname__", repr(job.fn))
            log.warning("store.slow_function", took_ms=round(took_s * 1000), function=name)

    def _undo(self, *, savepoint: bool) -> None:
        """Undo one function; where that cannot be done alone, the whole transaction."""
        if savepoint and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK TO f")
                self._connection.execute("RELEASE f")
                return
            except sqlite3.Error:
                log.exception("store.savepoint_lost")
        self._roll_back()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _commit_together(self) -> None:
        together, self._together = self._together, []
        if not together:
            return
        if self._connection.in_transaction:
            error = self._commit()
            if error is None:
                return
            if len(together) == 1:
                together[0].fail(error)
                return
        for job in together:
            if not isinstance(job.error, TookTooLong):
                self._run_alone(job)

    def _run_alone(self, job: Job) -> None:
        self._step(job)
        self._together = []
        if self._connection.in_transaction and (error := self._commit()) is not None:
            job.fail(error)

    def _commit(self) -> BaseException | None:
        """COMMIT; or undo all, and say why."""
        try:
            self._tx.reach("store.commit")
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            log.exception("store.commit_failed")
            self._roll_back()
            if code_of(error) == sqlite3.SQLITE_IOERR:
                # its frames may all be in the log file: a crash now could bring them back
                return OutcomeUnknown(f"The disk failed while committing: {error}.")
            return known(error)
        self.commits += 1
        self._tx.reach("store.committed")
        return None
