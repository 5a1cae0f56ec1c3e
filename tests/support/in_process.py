"""The sandbox in this process, without HTTP: what is wanted is sent to its own functions, and its listing read."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calbridge.core.model import Occasion
from calbridge.core.wanted import Wanted, WantedInstance, zoned
from calbridge.enterprise.conference import CancelRequest, CreateRequest, FetchAllRequest, UpdateRequest
from calbridge.enterprise.endpoint import Role
from calbridge.sandbox import conferences, seed
from calbridge.sandbox.calls import Call
from calbridge.sandbox.people import Principal
from calbridge.sandbox.resources import open_state
from calbridge.sandbox.settings import Settings

HOST = 9
Json = dict[str, Any]  # Any: JSON


@dataclass(frozen=True)
class Listed:
    """One conference as the sandbox lists it; `starts` is in UTC."""

    id: int
    master_id: int | None
    starts: datetime
    minutes: int


class InProcess:
    """One sandbox, which forgets all conferences with each sending."""

    def __init__(self) -> None:
        self._state = open_state(None)
        seed.plant(seed.read(seed.BUILT_IN), self._state)

    def listing_after(self, found: tuple[Wanted, ...], now: datetime, *, first_child: bool) -> list[Listed]:
        """Send everything that is wanted; what is listed then, each instance once.

        `first_child`: a series' first instance is a child of its own, else the master stands for it.
        """
        settings = Settings(listing="array", first_instance_child=first_child)
        call = Call(self._state, settings, _PRINCIPAL, now, "http://127.0.0.1")
        with self._state.transaction():
            self._state.write("DELETE FROM conference")
            made = [(conferences.create(call, _create(want)), want) for want in found]
            if any(want.instances for want in found):
                self._settle(call, made)
            return _listing(call)

    def _settle(self, call: Call, made: list[tuple[Json, Wanted]]) -> None:
        children = {(each.master_id, each.starts): each.id for each in _listing(call) if each.id != each.master_id}
        for master, want in made:
            for instance in want.instances:
                key = master["conference_id"], instance.instance.astimezone(UTC)
                assert key in children, f"no child at {instance.instance}"
                _settle(call, children[key], instance)


_PRINCIPAL = Principal(Role.RESELLER_ADMIN, reseller_id=1, company_id=None)


def _settle(call: Call, child: int, instance: WantedInstance) -> None:
    if instance.occasion is None:
        conferences.cancel(call, CancelRequest(conference_id=child))
    else:
        conferences.update(call, UpdateRequest(conference_id=child, **_common(instance.occasion)))


def _create(want: Wanted) -> CreateRequest:
    return CreateRequest(host_id=HOST, one_time_access_code=True, schedule=want.schedule, **_common(want.occasion))


def _common(occasion: Occasion) -> Json:
    start, zone = zoned(occasion.start)
    return {
        "subject": occasion.subject,
        "agenda": occasion.agenda,
        "start": start,
        "time_zone": zone,
        "duration": occasion.minutes,
    }


def _listing(call: Call) -> list[Listed]:
    rows = map(_read, conferences.fetch_all(call, FetchAllRequest(host_id=HOST)))
    doubled = call.settings.first_instance_child
    return [each for each in rows if not (doubled and each.id == each.master_id)]


def _read(row: Json) -> Listed:
    local = datetime.strptime(row["start"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZoneInfo(row["time_zone"]))
    return Listed(row["conference_id"], row.get("master_id"), local.astimezone(UTC), row["duration"])
