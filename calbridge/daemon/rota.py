"""Every host's appointments, kept by APScheduler: one job each, never twice at once; what was missed is done once."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from calbridge.daemon import pace

_TICK = timedelta(milliseconds=100)
"""Turns within this time begin together: each waking of the scheduler costs more than a turn."""


class _Turns(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A host's turns, each a little late by chance. Unlike `IntervalTrigger` it neither drifts nor recounts a sleep."""

    def __init__(self, name: str, interval: timedelta, random: Random) -> None:
        self._name, self._interval, self._random = name, interval, random

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next turn, whatever became of the one before."""
        turn = pace.turn(self._name, self._interval, now if previous is None else max(previous, now))
        late = turn + self._interval * pace.JITTER * self._random.random()
        return late + _TICK - (late - datetime.min.replace(tzinfo=UTC)) % _TICK  # up, or it might be over already


class Rota:
    """`visit` is called in each host's turn, with her name and when it was due. Times are aware, in UTC."""

    def __init__(self, visit: Callable[[str, datetime], Awaitable[None]], random: Random) -> None:
        self._visit = visit
        self._random = random
        self._due: dict[str, datetime] = {}
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(self._submitted, EVENT_JOB_SUBMITTED)

    def start(self) -> None:
        """Begin, within the running loop."""
        self._scheduler.start()

    def wake(self) -> None:
        """See who is due by the clock on the wall: timers stand still while a machine sleeps, or its clock is set."""
        self._scheduler.wakeup()

    def pause(self) -> None:
        """Begin no further visit."""
        self._scheduler.pause()

    def stop(self) -> None:
        """End; this cancels whatever is still under way."""
        self._scheduler.shutdown(wait=False)

    def add(self, name: str, interval: timedelta, first: datetime) -> None:
        """Visit a host from now on, first at this time; one who is visited already gets another rhythm."""
        self._scheduler.add_job(
            self._turn,
            _Turns(name, interval, self._random),
            args=(name,),
            id=name,
            next_run_time=first,
            replace_existing=True,
        )

    def remove(self, name: str) -> None:
        """Visit a host no more; a visit under way goes on."""
        self._scheduler.remove_job(name)
        self._due.pop(name, None)

    def put_off(self, name: str, until: datetime) -> None:
        """Let her next turn be at this time, earlier or later than it would have been."""
        if self._scheduler.get_job(name) is not None:
            self._scheduler.modify_job(name, next_run_time=until)

    def next_run(self, name: str) -> datetime | None:
        """When her next turn is; None where she has none."""
        job = self._scheduler.get_job(name)
        found: datetime | None = None if job is None else job.next_run_time
        return found

    def names(self) -> Sequence[str]:
        """Everybody who is visited."""
        return [job.id for job in self._scheduler.get_jobs()]

    def earliest(self) -> datetime | None:
        """The next turn of all."""
        jobs = self._scheduler.get_jobs()
        return min((job.next_run_time for job in jobs), default=None)

    def _submitted(self, event: JobSubmissionEvent) -> None:
        self._due[event.job_id] = event.scheduled_run_times[-1]

    async def _turn(self, name: str) -> None:
        await self._visit(name, self._due.pop(name, datetime.now(UTC)))
