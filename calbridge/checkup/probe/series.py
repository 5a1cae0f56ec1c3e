"""What is tried on series: made all at once, and read from one listing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calbridge.checkup.probe import answers
from calbridge.checkup.probe.answers import Answer, Assumption, Verdict, answer
from calbridge.checkup.probe.ground import ZONE, Ground
from calbridge.core import schedule as schedules
from calbridge.core.schedule import Schedule
from calbridge.enterprise.conference import ConferenceResponse
from calbridge.errors import NotFound, PlatformError

_LATE = timedelta(hours=3)
_PAGE = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """One series, and what its instances answer."""

    assumption: Assumption
    start: datetime
    schedule: str


@dataclass(slots=True)
class Listed:
    """What came of the trials: masters by assumption, where one could not be made why, and the listing's pages."""

    masters: dict[Assumption, ConferenceResponse] = field(default_factory=dict)
    refused: dict[Assumption, str] = field(default_factory=dict)
    pages: Sequence[Sequence[ConferenceResponse]] = ()

    def family(self, assumption: Assumption) -> list[ConferenceResponse]:
        """A series' rows, its master among them where that is listed."""
        master = self.masters[assumption].conference_id
        rows = [row for page in self.pages for row in page]
        return [row for row in rows if master in {row.conference_id, row.master_id}]


def trials(ground: Ground) -> tuple[Trial, ...]:
    """The series, each shown by the instances that it has."""
    sunday = ground.first_day
    last = f"{sunday + timedelta(days=3):%Y%m%d}"
    begun = (ground.now - timedelta(days=1) - _LATE).astimezone(ZONE).replace(second=0, microsecond=0)
    return (
        Trial(answers.DAYS, sunday, "FREQ=DAILY;COUNT=12"),
        Trial(answers.UNTIL, sunday, f"FREQ=DAILY;UNTIL={last}"),
        Trial(answers.WEEKS, sunday, "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=MO,SU"),
        Trial(answers.MONTHS, _thirty_first(sunday), "FREQ=MONTHLY;COUNT=2;BYMONTHDAY=31"),
        Trial(answers.BEGUN, begun, "FREQ=DAILY;COUNT=4"),
    )


def _thirty_first(day: datetime) -> datetime:
    """The next 31st whose month is followed by a shorter one."""
    while day.day != 31 or (day + timedelta(days=31)).day == 31:
        day += timedelta(days=1)
    return day


async def make(ground: Ground) -> Listed:
    """Make all series, and list once. Raises `PlatformError` where listing fails; a series that fails is noted."""
    listed = Listed()
    for trial in trials(ground):
        try:
            made = await ground.create(trial.assumption.rule, trial.start, schedule=trial.schedule)
            listed.masters[trial.assumption] = made
        except PlatformError as error:
            listed.refused[trial.assumption] = error.problem.reason
    listed.pages = await ground.pages()
    return listed


def read(ground: Ground, listed: Listed) -> Iterator[Answer]:
    """What the listing shows."""
    yield _all_listed(listed)
    yield _paged(listed)
    for trial in trials(ground):
        if trial.assumption is answers.BEGUN:
            yield _begun(trial, listed)
        else:
            yield _instances(trial, listed)
    for assumption, reading in ((answers.REFORMATTED, _reformatted), (answers.FIRST, _first)):
        if answers.DAYS in listed.masters:
            yield reading(ground, listed)
        else:
            yield Answer(assumption, Verdict.UNKNOWN, listed.refused[answers.DAYS])


def _all_listed(listed: Listed) -> Answer:
    made = [assumption for assumption in listed.masters if assumption is not answers.BEGUN]
    lacking = [assumption.rule for assumption in made if not listed.family(assumption)]
    rows = sum(map(len, listed.pages))
    seen = f"{rows} rows on {len(listed.pages)} pages; not among them: {', '.join(lacking) or 'none'}"
    if not made:
        return Answer(answers.LISTED, Verdict.UNKNOWN, "no series could be made")
    return answer(answers.LISTED, holds=not lacking, seen=seen)


def _paged(listed: Listed) -> Answer:
    longest = max(map(len, listed.pages), default=0)
    if len(listed.pages) > 1:
        return answer(answers.PAGES, holds=longest == _PAGE, seen=f"{len(listed.pages)} pages of up to {longest} rows")
    if longest > _PAGE:
        return answer(answers.PAGES, holds=False, seen=f"all {longest} rows at once")
    return Answer(answers.PAGES, Verdict.UNKNOWN, f"there are {longest} rows only")


def _instances(trial: Trial, listed: Listed) -> Answer:
    if trial.assumption not in listed.masters:
        return Answer(trial.assumption, Verdict.UNKNOWN, listed.refused[trial.assumption])
    rule = schedules.parse(trial.schedule)
    assert isinstance(rule, Schedule)  # our own texts; a test parses each
    wanted = {f"{each:%Y-%m-%d}" for each in schedules.expand(rule, trial.start, after=None, before=None)}
    got = {(row.start or "")[:10] for row in listed.family(trial.assumption)}
    seen = f"{trial.schedule} from {trial.start:%Y-%m-%d}: {', '.join(sorted(got)) or 'nothing'}"
    return answer(trial.assumption, holds=got == wanted, seen=seen)


def _begun(trial: Trial, listed: Listed) -> Answer:
    if trial.assumption not in listed.masters:
        return Answer(trial.assumption, Verdict.UNKNOWN, listed.refused[trial.assumption])
    master = listed.masters[trial.assumption].conference_id
    rows = listed.family(trial.assumption)
    there = any(row.conference_id == master for row in rows)
    seen = f"{'listed' if there else 'not listed'} a day later, beside {len(rows) - there} of its instances"
    return answer(trial.assumption, holds=there, seen=seen)


def _reformatted(ground: Ground, listed: Listed) -> Answer:
    sent = next(trial.schedule for trial in trials(ground) if trial.assumption is answers.DAYS)
    master = listed.masters[answers.DAYS]
    got = next((row.schedule for row in listed.family(answers.DAYS) if row.schedule), master.schedule) or ""
    return answer(answers.REFORMATTED, holds=schedules.same(sent, got), seen=f"{sent} came back as {got or 'nothing'}")


def _first(_: Ground, listed: Listed) -> Answer:
    master = listed.masters[answers.DAYS].conference_id
    rows = listed.family(answers.DAYS)
    first = min((row.start or "" for row in rows), default="")
    children = [row for row in rows if row.conference_id != master and row.start == first]
    seen = "it has a child for it, too" if children else f"{len(rows) - 1} children, none of them on the first day"
    return answer(answers.FIRST, holds=not children, seen=seen)


async def kept(ground: Ground, listed: Listed) -> Answer:
    """Change an instance, then its series, and look at the instance."""
    if answers.DAYS not in listed.masters:
        return Answer(answers.KEPT, Verdict.UNKNOWN, listed.refused[answers.DAYS])
    master = listed.masters[answers.DAYS].conference_id
    children = [row for row in listed.family(answers.DAYS) if row.conference_id != master]
    if len(children) < 2:
        return Answer(answers.KEPT, Verdict.UNKNOWN, "the series has no instances that could be changed")
    child = sorted(children, key=lambda row: row.start or "")[-2]
    start = datetime.fromisoformat(child.start or "").replace(tzinfo=ZONE)
    await ground.update(child.conference_id, ground.fields("one instance", start))
    schedule = next(trial.schedule for trial in trials(ground) if trial.assumption is answers.DAYS)
    await ground.update(master, ground.fields("all instances", ground.first_day, schedule=schedule))
    try:
        after = await ground.fetch(child.conference_id)
    except NotFound:
        return answer(answers.KEPT, holds=False, seen="the instance is another conference afterwards")
    stays = after.subject == ground.subject("one instance")
    return answer(
        answers.KEPT, holds=stays, seen="its own subject stays" if stays else "it has the series' subject again"
    )
