"""`calbridge doctor --probe`: what the platform's document leaves open, tried on conferences that are taken away again.

- answers.py names each assumption, and what it means where it differs.
- ground.py makes and takes away; single.py and series.py try.

Everything is about a year ahead, says in its subject what it is, and is cancelled in the end, on Ctrl-C too.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from calbridge.checkup.findings import Area, Finding, failed, fine
from calbridge.checkup.probe import answers, series, single
from calbridge.checkup.probe.answers import Answer, Assumption, Verdict, finding
from calbridge.checkup.probe.ground import Ground, Left
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Problem
from calbridge.enterprise import Enterprise
from calbridge.errors import PlatformError

_SINGLE: tuple[tuple[Assumption, Callable[[Ground], Awaitable[Answer]]], ...] = (
    (answers.AGENDA, single.agenda),
    (answers.CODE, single.code),
    (answers.PARTICIPANTS, single.participants),
    (answers.REFUSAL, single.refusal),
    (answers.PAST, single.past),
    (answers.SERIES_OF_SINGLE, single.single_to_series),
    (answers.CANCELLED, single.cancelled),
)


async def probe(
    api: Enterprise,
    host_id: int,
    policy: ConferencePolicy,
    found: Callable[[Finding], None],
    *,
    tag: str,
    now: datetime,
) -> None:
    """Try every assumption on the host; `found` is told each answer as it comes, and in the end what is left behind.

    `tag` is a random word, by which the probe knows its own conferences. Raises no `PlatformError`.
    """
    ground = Ground(api, host_id, tag=tag, now=now)
    try:
        for assumption, attempt in _SINGLE:
            found(finding(await _answered(assumption, attempt(ground))))
        found(finding(await _answered(answers.FEATURES, single.features(ground, policy))))
        await _try_series(ground, found)
    finally:
        left = await ground.clear()
        found(_cleared(left, ground.made))


async def _try_series(ground: Ground, found: Callable[[Finding], None]) -> None:
    try:
        listed = await series.make(ground)
    except PlatformError as error:
        found(finding(Answer(answers.LISTED, Verdict.UNKNOWN, error.problem.reason)))
        return
    for each in series.read(ground, listed):
        found(finding(each))
    found(finding(await _answered(answers.KEPT, series.kept(ground, listed))))


async def _answered(assumption: Assumption, attempt: Awaitable[Answer]) -> Answer:
    try:
        return await attempt
    except PlatformError as error:
        return Answer(assumption, Verdict.UNKNOWN, error.problem.reason)


def _cleared(left: Left, made: int) -> Finding:
    where = "what the probe made"
    if not left.conferences and not left.contacts and not left.unsure:
        return fine(Area.PROBE, where, "probe.cleared", f"all {made} conferences are cancelled")
    reason, hint = [], []
    if left.conferences:
        numbers = ", ".join(map(str, left.conferences))
        reason.append(f"conferences {numbers} could not be cancelled")
        hint.append("calbridge api conference/cancel conference_id=... for each")
    if left.contacts:
        reason.append(f"contacts {', '.join(map(str, left.contacts))} could not be deleted")
        hint.append("calbridge api contact/delete host_id=... contact_id=... for each")
    if left.unsure:
        reason.append("whether one more was made is not known")
        hint.append('look for "calbridge probe" in calbridge api conference/fetch_all host_id=...')
    return failed(Area.PROBE, Problem(where, "probe.left", "; ".join(reason), "; ".join(hint)))
