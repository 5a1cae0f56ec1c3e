"""`plan` before equals what `sync` then does, and leaves nothing behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from support.bridge import Bridge
from support.ical import moved, override, vevent, weekly, without_override

from calbridge import report
from calbridge.apply import Done
from calbridge.sync import HostReport

LATER = ("DTSTART;TZID=Europe/Paris:20260316T150000", "DTEND;TZID=Europe/Paris:20260316T160000")
Json = dict[str, Any]  # Any: JSON


def planned(found: HostReport) -> list[Json]:
    return [report.action_json(action, *report.planned(action)) for action in found.plan.actions]


def done(found: HostReport) -> list[Json]:
    return [report.action_json(o.action, o.conference_id, o.room_url) for o in found.outcomes if isinstance(o, Done)]


def agrees(bridge: Bridge) -> int:
    """Plan, sync, compare; how many actions there were."""
    before = planned(bridge.plan())
    after = done(bridge.sync().report)
    for foreseen, made in zip(before, after, strict=True):
        for key in ("conference_id", "room_url"):
            if foreseen[key] is None:
                made[key] = None
    assert before == after
    return len(after)


def everything(bridge: Bridge) -> None:
    bridge.put("plan", vevent("DESCRIPTION:Bring the numbers."))
    guests = moved("20260316T100000", "20260316T150000", "20260316T160000", summary="Guests @meet")
    bridge.put("week", weekly("EXDATE;TZID=Europe/Paris:20260323T100000"), guests)
    first = moved("20260309T100000", "20260309T150000", "20260309T160000", uid="apart@x", summary="Apart @meet")
    bridge.put("apart", weekly(uid="apart@x", summary="Apart @meet"), first)
    bridge.put("old", vevent("RRULE:FREQ=WEEKLY", uid="old@x", start="20251222T100000", end="20251222T110000"))
    bridge.put("past", vevent(uid="past@x", start="20260127T100000", end="20260127T110000"))
    bridge.put("odd", vevent("RRULE:FREQ=SECONDLY", uid="odd@x"))


def test_a_plan_of_everything_new_is_what_the_sync_does(bridge: Bridge) -> None:
    everything(bridge)
    assert agrees(bridge) == 11
    assert planned(bridge.plan()) == []


def test_a_plan_of_edits_is_what_the_sync_does(bridge: Bridge) -> None:
    everything(bridge)
    bridge.settle()
    bridge.change("plan", "RRULE:FREQ=DAILY")
    bridge.change("old", "STATUS:CANCELLED")
    bridge.edit("week", lambda text: without_override(text, "20260316T100000"))
    bridge.change("apart", "EXDATE;TZID=Europe/Paris:20260330T100000", "SUMMARY:Round @meet")
    assert agrees(bridge) == 8
    assert planned(bridge.plan()) == []


def test_a_plan_after_a_loss_is_what_the_sync_does(bridge: Bridge) -> None:
    everything(bridge)
    bridge.settle()
    bridge.lose_store()
    bridge.change("plan", "SUMMARY:Review @meet")
    bridge.edit("week", lambda text: override(text, "20260330T100000", *LATER))
    assert agrees(bridge) == 7
    assert planned(bridge.plan()) == []


def test_a_plan_of_an_end_is_what_the_sync_does(bridge: Bridge) -> None:
    everything(bridge)
    bridge.settle()
    bridge.delete("plan")
    bridge.change("week", "SUMMARY:Weekly @nomeet")
    bridge.sync()
    bridge.clock.advance(minutes=11)
    assert agrees(bridge) == 3


def test_a_plan_says_how_many_attendees_may_be_mailed(bridge: Bridge) -> None:
    invited = [f"ATTENDEE:mailto:{name}@example.com" for name in ("alice", "bob", "carol")]
    bridge.put("plan", vevent("ORGANIZER:mailto:alice@example.com", *invited))
    assert bridge.plan().plan.mailed == 2
    bridge.sync()
    assert bridge.plan().plan.mailed == 0


def command(bridge: Bridge, *arguments: str) -> tuple[int, Json]:
    bridge.write_config()
    ran = subprocess.run(
        [sys.executable, "-m", "calbridge.cli", *arguments, "--json", "--config", str(bridge.folder)],
        capture_output=True,
        check=False,
        timeout=60,
        cwd=bridge.folder,
    )
    return ran.returncode, json.loads(ran.stdout)


def files(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_the_command_plan_leaves_no_file_and_no_lock_and_the_command_sync_does_as_it_said(bridge: Bridge) -> None:
    later = {"start": "20980310T100000", "end": "20980310T110000"}  # the command has the real clock, the sandbox ours
    bridge.put("plan", vevent("RRULE:FREQ=WEEKLY", start="20260105T100000", end="20260105T110000"))
    bridge.put("far", vevent(uid="far@x", **later))
    bridge.write_config()
    before = files(bridge.folder)
    code, plan = command(bridge, "plan")
    assert files(bridge.folder).keys() == before.keys()
    assert [a["action"] for a in plan["hosts"][0]["actions"]] == ["create", "write-back"]
    assert [s["rule"] for s in plan["hosts"][0]["skipped"]] == ["meeting.far"]
    _, sync = command(bridge, "sync")
    for action in sync["hosts"][0]["actions"]:
        action.update(conference_id=None, room_url=None)
    assert (code, sync) == (0, plan)
