"""One host: whether the platform knows her and lets her meet, and whether her configuration fits both sides."""

from collections.abc import Iterator

from calbridge.checkup import features
from calbridge.checkup.account import Directory
from calbridge.checkup.calendars import Shelf
from calbridge.checkup.findings import Area, Finding, failed, fine, warned
from calbridge.config import HostConfig
from calbridge.core.problem import Problem
from calbridge.enterprise import Enterprise, conference
from calbridge.enterprise import host as hosts
from calbridge.errors import NotFound, PlatformError
from calbridge.store import Store


async def look_at_host(
    host: HostConfig, api: Enterprise, directory: Directory, shelf: Shelf, store: Store
) -> tuple[Finding, ...]:
    """Hold a host's file against the platform and her calendars. Changes nothing."""
    found = await person_of(host, api, directory)
    if isinstance(found, Finding):
        return (found,)
    refusals = [each for memory in store.meetings.memories(found.host_id).values() for each in memory.refusals]
    problems = [*_rights(host, found, directory), *features.refused(host.name, host.conference, refusals)]
    told = {problem.where for problem in problems}
    doubts = features.unsaid(host.name, host.conference, found, directory, await _some_conferences(host, found, api))
    warnings = [*(each for each in doubts if each.where not in told), *_addresses(host, found, shelf)]
    warnings += _mails(host, found, shelf)
    findings = [failed(Area.HOSTS, problem) for problem in problems]
    findings += [warned(Area.HOSTS, problem) for problem in warnings]
    if not findings:
        what = f"host {found.host_id} on {found.plan_slug}"
        if shelf.calendars:  # none that was found is told of as that
            writable = sum(seen.writable for seen in shelf.calendars)
            what += f"; {writable} of {len(shelf.calendars)} calendars can be written"
        findings.append(fine(Area.HOSTS, host.name, "host.fit", what))
    return tuple(findings)


async def person_of(host: HostConfig, api: Enterprise, directory: Directory) -> hosts.HostResponse | Finding:
    """Find the platform's host that a host file means, or say why there is none."""
    where = f"hosts.d/{host.name}.toml: host"
    host_id = host.id
    if host_id is None:
        if directory.hosts is None:
            what = "she is to be found by her address, and the platform's hosts can't be listed"
            hint = "see to the platform's problem first, or set host.id"
            return failed(Area.HOSTS, Problem(f"{where}.email", "host.unlisted", what, hint))
        matches = directory.hosts.get(host.email or "", ())
        if len(matches) != 1:
            ids = ", ".join(map(str, matches)) or "none"
            reason = f"the platform has {len(matches)} hosts with this address (ids: {ids})"
            hint = "set host.id to the one that is meant"
            return failed(Area.HOSTS, Problem(f"{where}.email", "host.not-one", reason, hint))
        host_id = matches[0]
    try:
        return await api.call(hosts.FETCH, hosts.FetchRequest(host_id=host_id))
    except NotFound:
        hint = "set host.id or host.email to the host that is meant; check whose API token it is"
        return failed(Area.HOSTS, Problem(where, "host.unknown", f"the platform has no host {host_id}", hint))
    except PlatformError as error:
        return failed(Area.HOSTS, error.problem)


def _rights(host: HostConfig, person: hosts.HostResponse, directory: Directory) -> Iterator[Problem]:
    where = f"hosts.d/{host.name}.toml: host"
    if not person.plan_slug:
        hint = f"assign a plan: calbridge api host/update host_id={person.host_id} plan_slug=..."
        yield Problem(where, "host.no-plan", f"host {person.host_id} is on no plan, and can't hold meetings", hint)
    elif directory.suspended and person.plan_slug in directory.suspended:
        hint = "reactivate it: calbridge api subscription/reactivate"
        yield Problem(where, "host.suspended", f"her plan {person.plan_slug} is suspended", hint)
    if host.conference.room == "dedicated" and not (person.access_code and person.access_code.number):
        reason = 'is "dedicated", and the platform has no code of a room of her own'
        hint = 'give her one (host/update access_code), or set conference.room = "one-time"'
        yield Problem(f"hosts.d/{host.name}.toml: conference.room", "host.no-room", reason, hint)


def _addresses(host: HostConfig, person: hosts.HostResponse, shelf: Shelf) -> Iterator[Problem]:
    """Who is taken for the organizer: events of an address that only one side knows look like somebody else's."""
    ours = set(host.emails) or {(person.email or "").lower()}
    if shelf.addresses and not ours & shelf.addresses:
        source = "host.emails" if host.emails else "the platform"
        reason = f"the calendar server knows her by no address that {source} has for her"
        hint = "add the address by which she organizes meetings to host.emails; else those meetings get no room"
        if not host.emails:
            hint = "meetings are hers under either address; list in host.emails those that count, if that is wrong"
        yield Problem(f"hosts.d/{host.name}.toml: host.emails", "host.addresses", reason, hint)


def _mails(host: HostConfig, person: hosts.HostResponse, shelf: Shelf) -> Iterator[Problem]:
    if not host.conference.participants or not shelf.scheduled:
        return
    if person.disable_emails and person.disable_emails.conference_invitations:
        return
    reason = "is true, so that the platform invites attendees, and her calendar server invites them, too"
    hint = "set it to false, or turn the platform's off: host/update disable_emails.conference_invitations=true"
    yield Problem(f"hosts.d/{host.name}.toml: conference.participants", "host.two-mails", reason, hint)


async def _some_conferences(
    host: HostConfig, person: hosts.HostResponse, api: Enterprise
) -> list[conference.ConferenceResponse]:
    """Look at the first page of her conferences, where that may prove a feature."""
    if not any(want.sign for want in features.wants(host.conference)):
        return []
    try:
        rows, _ = await api.page(conference.FETCH_ALL, conference.FetchAllRequest(host_id=person.host_id))
    except PlatformError:
        return []
    return rows
