"""The account as a pass needs it: `calbridge.ports.Platform` over the Enterprise API.

The moderators' tokens and PINs end here. A conference that somebody else scheduled may carry a zone or a start that
nobody can read; it is kept, read as UTC or as the epoch, because its id proves a listing complete and its agenda may
hold a marker. A wrong start leads to an update at worst, a dropped row to a second conference.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from calbridge.core.model import Conference, Fields, HostProfile, Listing
from calbridge.core.problem import Problem
from calbridge.enterprise import conference, host
from calbridge.enterprise.answer import unknown
from calbridge.enterprise.client import Enterprise, utc_now
from calbridge.enterprise.endpoint import TIME_FORMAT, WireRequest
from calbridge.errors import NotFound, OutcomeUnknown, PlatformError, Refused

UNREADABLE_START: Final = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
"""The start of a conference whose own can't be read."""

# Outside these years a conversion between zones may leave what a datetime can say.
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998

RequestT = TypeVar("RequestT", bound=WireRequest)


_NO_CODE: Final = frozenset({None, False, "", "false", "0"})


class AccountPlatform:
    """Satisfies `calbridge.ports.Platform`. `now` dates the listings."""

    def __init__(self, api: Enterprise, *, now: Callable[[], datetime] = utc_now) -> None:
        self._api = api
        self._now = now

    async def host(self, host_id: int) -> HostProfile:
        """Fetch one host."""
        response = await self._api.call(host.FETCH, host.FetchRequest(host_id=host_id))
        number, code = response.primary_dialin_number, response.access_code
        return HostProfile(
            id=response.host_id,
            email=(response.email or "").lower(),
            name=response.name or "",
            zone=response.time_zone if _zone(response.time_zone) else None,
            locale=response.locale or None,
            dial_in=number.international_format or None if number else None,
            access_code=code.number or None if code else None,
        )

    async def hosts(self, company_id: int | None) -> tuple[HostProfile, ...]:
        """Fetch the hosts of a company, in short."""
        rows = await self._api.call(host.FETCH_ALL, host.FetchAllRequest(company_id=company_id))
        return tuple(
            HostProfile(
                id=row.host_id,
                email=(row.email or "").lower(),
                name=row.name or "",
                zone=None,
                locale=None,
                access_code=row.access_code or None,
            )
            for row in rows
        )

    async def listing(self, host_id: int) -> Listing:
        """Look at all of a host's conferences, page by page; dated before the first, so as never to claim too much."""
        taken = self._now()
        seen: dict[int, Conference] = {}
        complete = True
        async for rows in self._api.pages(conference.FETCH_ALL, conference.FetchAllRequest(host_id=host_id)):
            for row in rows:
                complete = complete and row.conference_id not in seen
                seen.setdefault(row.conference_id, _conference(row))
        return Listing(taken, tuple(seen.values()), complete)

    async def fetch(self, conference_id: int) -> Conference | None:
        """Fetch one conference; None only for a 404 in the platform's shape."""
        try:
            return _conference(await self._fetch(conference_id))
        except NotFound:
            return None

    async def create(self, host_id: int, fields: Fields) -> Conference:
        """Create once. Where the answer has no room URL (the reference's recurring example), a fetch completes it."""
        request = _checked(conference.CreateRequest, _create_payload(host_id, fields))
        created = await self._api.call(conference.CREATE, request)
        if not created.room_url:
            created = await self._complete(created.conference_id)
        return _conference(created)

    async def update(self, conference_id: int, fields: Fields) -> Conference:
        """Send the complete desired state."""
        request = _checked(conference.UpdateRequest, {"conference_id": conference_id} | _common_payload(fields))
        updated = await self._api.call(conference.UPDATE, request)
        if not updated.room_url:
            updated = await self._complete(conference_id)
        return _conference(updated)

    async def cancel(self, conference_id: int) -> None:
        """Cancel; gone already is fine."""
        try:
            await self._api.call(conference.CANCEL, conference.CancelRequest(conference_id=conference_id))
        except NotFound:
            return

    async def _fetch(self, conference_id: int) -> conference.ConferenceResponse:
        return await self._api.call(conference.FETCH, conference.FetchRequest(conference_id=conference_id))

    async def _complete(self, conference_id: int) -> conference.ConferenceResponse:
        """Fetch what a write's answer left out; a failure is no refusal of the write, which was done."""
        try:
            return await self._fetch(conference_id)
        except OutcomeUnknown:
            raise
        except PlatformError as error:
            reason = f"it was done, but can't be read back: {error.problem.reason}"
            raise unknown(error.problem.where, reason, error.status) from None


def _checked(model: type[RequestT], payload: dict[str, Any]) -> RequestT:  # Any: JSON
    """Refuse by ourselves what the reference does not allow, such as no duration: nothing is sent."""
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        hint = "change the event or the configuration; then it is sent"
        raise Refused(Problem("the conference's fields", "platform.field", reason, hint)) from None


def _create_payload(host_id: int, fields: Fields) -> dict[str, Any]:  # Any: checked by the request's model
    return _common_payload(fields) | {
        "host_id": host_id,
        "secure_url": fields.settings.secure_url,
        "host_initiated_recording": fields.settings.host_initiated_recording,
    }


def _common_payload(fields: Fields) -> dict[str, Any]:  # Any: checked by the request's model
    """Every field that create and update both document, but for those the platform computes (`end_time`, `active`)."""
    settings = fields.settings
    invited = settings.participant_emails
    return {
        "subject": fields.subject,
        "agenda": fields.agenda,
        "start": fields.start.strftime(TIME_FORMAT),
        "time_zone": zone_name(fields.start.tzinfo),
        "duration": fields.duration,
        "schedule": fields.schedule,
        "one_time_access_code": settings.one_time_access_code,
        "auto_record": settings.auto_record,
        "auto_stream": settings.auto_stream,
        "auto_transcribe": settings.auto_transcribe,
        "mute_mode": settings.mute_mode,
        "security_pin": settings.security_pin,
        "participant_emails": None if invited is None else [{"email": email, "moderator": False} for email in invited],
    }


def zone_name(zone: tzinfo | None) -> str:
    """The IANA name of a zone; values carry a `ZoneInfo` or UTC (`core.model`), anything else is our bug."""
    if zone is UTC:
        return "UTC"
    if not isinstance(zone, ZoneInfo) or zone.key is None:
        raise TypeError(f"a start without an IANA zone: {zone!r}")
    return zone.key


def _conference(response: conference.ConferenceResponse) -> Conference:
    return Conference(
        id=response.conference_id,
        subject=response.subject or "",
        agenda=response.agenda or "",
        start=_start(response),
        duration=response.duration or 0,
        schedule=response.schedule or None,
        master_id=_master(response),
        active=bool(response.active),
        room_url=response.room_url or "",
        one_time=response.one_time_access_code not in _NO_CODE,
        access_code=_code(response.one_time_access_code),
        mute_mode=response.mute_mode,
        auto_record=response.auto_record,
        auto_stream=response.auto_stream,
        auto_transcribe=response.auto_transcribe,
        security_pin=response.security_pin or None,
        participant_emails=_participants(response),
    )


def _code(reported: int | str | bool | None) -> str | None:  # noqa: FBT001  the platform answers with either
    """The one-time access code itself; some answers only say that there is one."""
    return str(reported) if not isinstance(reported, bool) and str(reported or "").isdigit() else None


def _master(response: conference.ConferenceResponse) -> int | None:
    """The master's id. One that says it is the master, or has a schedule, but names none stands for itself."""
    if response.master_id is not None:
        return response.master_id
    return response.conference_id if response.is_master else None


def _participants(response: conference.ConferenceResponse) -> tuple[str, ...] | None:
    if response.participant_emails is None:
        return None
    return tuple(who.email.lower() for who in response.participant_emails if who.email)


def _start(response: conference.ConferenceResponse) -> datetime:
    zone = _zone(response.time_zone) or ZoneInfo("UTC")
    try:
        start = datetime.fromisoformat(response.start or "")
    except ValueError:
        return UNREADABLE_START
    if not _FIRST_YEAR <= start.year <= _LAST_YEAR:
        return UNREADABLE_START
    return start.replace(tzinfo=zone) if start.tzinfo is None else start.astimezone(zone)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name or "")
    except (KeyError, ValueError, OSError):  # unknown (ZoneInfoNotFoundError), no valid key, a folder's name
        return None
