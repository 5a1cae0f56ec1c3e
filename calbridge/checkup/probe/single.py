"""What is tried on single conferences."""

from datetime import timedelta
from typing import Any

from calbridge.checkup.probe import answers
from calbridge.checkup.probe.answers import Answer, Verdict, answer
from calbridge.checkup.probe.ground import ADDRESSES, ZONE, Ground
from calbridge.core import marker
from calbridge.core.policy import ConferencePolicy
from calbridge.enterprise.conference import ConferenceResponse
from calbridge.enterprise.messages import FieldMessage, is_documented
from calbridge.errors import NotFound, Refused

_LINE = 'Zeile, línea, 行, строка; with <signs> & "quotes"\n'


async def agenda(ground: Ground) -> Answer:
    """Send the longest agenda, with line ends, signs and letters of all kinds."""
    sent = ground.agenda(_LINE * (marker.AGENDA_LIMIT // len(_LINE)) + "x" * marker.AGENDA_LIMIT)
    try:
        made = await ground.create("agenda", ground.first_day, agenda=sent)
    except Refused as error:
        if FieldMessage.ONE_TIME_ACCESS_CODE not in error.message:
            raise
        ground.one_time = False
        made = await ground.create("agenda", ground.first_day, agenda=sent)
    got = (await ground.fetch(made.conference_id)).agenda or ""
    if marker.find(got) is None:
        return answer(
            answers.AGENDA, holds=False, seen=f"of {len(sent)} characters {len(got)} came back, without marker"
        )
    if got != sent:
        seen = f"of {len(sent)} characters {len(got)} came back, rewritten, with the marker still in them"
        return answer(answers.AGENDA, holds=True, seen=seen)
    return answer(answers.AGENDA, holds=True, seen=f"all {len(sent)} characters came back as sent")


async def code(ground: Ground) -> Answer:
    """Update a conference with a one-time code."""
    if not ground.one_time:
        return Answer(answers.CODE, Verdict.UNKNOWN, "her plan has no one-time codes")
    made = await ground.create("code", ground.first_day)
    before = await ground.fetch(made.conference_id)
    await ground.update(made.conference_id, ground.fields("code, updated", ground.first_day + timedelta(hours=1)))
    after = await ground.fetch(made.conference_id)
    same = (before.room_url, before.one_time_access_code) == (after.room_url, after.one_time_access_code)
    seen = "room and code are the same after a new subject and start" if same else "room or code changed with an update"
    return answer(answers.CODE, holds=same, seen=seen)


async def participants(ground: Ground) -> Answer:
    """Invite two, then one of them."""
    made = await ground.create("participants", ground.first_day)
    for invited in (ADDRESSES, ADDRESSES[:1]):
        who = [{"email": email, "moderator": False} for email in invited]
        await ground.update(made.conference_id, _fields(ground, "participants", participant_emails=who))
    listed = (await ground.fetch(made.conference_id)).participant_emails
    if listed is None:
        return Answer(answers.PARTICIPANTS, Verdict.UNKNOWN, "the platform does not tell who is invited")
    left = {each.email for each in listed} & set(ADDRESSES)
    holds = left == set(ADDRESSES[:1])
    return answer(
        answers.PARTICIPANTS, holds=holds, seen=f"of two who were invited, and then one of them, left: {len(left)}"
    )


async def refusal(ground: Ground) -> Answer:
    """Ask for a schedule that the document rules out."""
    try:
        await ground.create("refusal", ground.first_day, schedule="FREQ=YEARLY;COUNT=2")
    except Refused as error:
        said = f"HTTP {error.status}: {error.message or 'no message'}"
        return answer(answers.REFUSAL, holds=is_documented(error.message), seen=said)
    return answer(answers.REFUSAL, holds=False, seen="FREQ=YEARLY was taken")


async def past(ground: Ground) -> Answer:
    """Ask for a conference that was over an hour ago."""
    start = (ground.now - timedelta(hours=2)).astimezone(ZONE)
    try:
        made = await ground.create("past", start)
    except Refused as error:
        return answer(answers.PAST, holds=False, seen=f"refused: {error.message}")
    await ground.cancel(made.conference_id)
    return answer(answers.PAST, holds=True, seen="taken, two hours back")


async def single_to_series(ground: Ground) -> Answer:
    """Give a single conference a schedule."""
    made = await ground.create("single", ground.first_day)
    try:
        await ground.update(made.conference_id, _fields(ground, "single", schedule="FREQ=DAILY;COUNT=2"))
    except Refused as error:
        return answer(answers.SERIES_OF_SINGLE, holds=True, seen=f"refused: {error.message}")
    became = await ground.fetch(made.conference_id)
    if became.schedule or became.is_master:
        return answer(answers.SERIES_OF_SINGLE, holds=False, seen="it became one")
    return answer(answers.SERIES_OF_SINGLE, holds=True, seen="the schedule was ignored")


async def cancelled(ground: Ground) -> Answer:
    """Cancel a conference, and fetch it."""
    made = await ground.create("cancelled", ground.first_day)
    await ground.cancel(made.conference_id)
    try:
        found: ConferenceResponse = await ground.fetch(made.conference_id)
    except NotFound as error:
        return answer(answers.CANCELLED, holds=True, seen=f"HTTP {error.status}: {error.message}")
    ground.cancelled.discard(found.conference_id)
    return answer(answers.CANCELLED, holds=False, seen="it is still found")


async def features(ground: Ground, policy: ConferencePolicy) -> Answer:
    """Ask for what the configuration asks for."""
    wanted: dict[str, Any] = {  # Any: checked by the request's model
        "one_time_access_code": policy.room == "one-time",
        "secure_url": policy.secure_url,
        "auto_record": policy.auto_record,
        "auto_stream": policy.auto_stream,
        "auto_transcribe": policy.auto_transcribe,
        "host_initiated_recording": policy.host_initiated_recording,
        "mute_mode": policy.mute_mode,
    }
    named = [f"{key} = {value}" for key, value in wanted.items() if value not in (False, "none", "conversation")]
    asked = ", ".join(named) or "a plain conference"
    try:
        await ground.create("features", ground.first_day, **wanted)
    except Refused as error:
        return answer(answers.FEATURES, holds=False, seen=f"{asked}: {error.message}")
    return answer(answers.FEATURES, holds=True, seen=f"{asked}: taken")


def _fields(ground: Ground, about: str, **more: Any) -> dict[str, Any]:  # Any: checked by the request's model
    return ground.fields(about, ground.first_day, **more)
