"""What a probe makes of platforms that behave as assumed, and of some that do not; it leaves nothing behind."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import pytest
from support.sandbox_account import Account

from calbridge.checkup.findings import Finding, Level
from calbridge.checkup.probe import probe
from calbridge.checkup.probe.ground import Ground
from calbridge.checkup.probe.series import trials
from calbridge.core import schedule
from calbridge.core.policy import ConferencePolicy
from calbridge.enterprise import Enterprise, conference
from calbridge.enterprise.answer import unknown
from calbridge.enterprise.client import Pace
from calbridge.enterprise.endpoint import Endpoint, WireRequest
from calbridge.sandbox import RunningSandbox, running
from calbridge.sandbox.settings import Settings

NOW = datetime.now(UTC)
Seen = dict[str, Finding]
Request = TypeVar("Request", bound=WireRequest)
Response = TypeVar("Response")
Bend = Callable[[WireRequest], WireRequest]


class Bent(Enterprise):
    """A platform that takes some requests for others."""

    bend: Bend = staticmethod(lambda request: request)

    async def call(self, endpoint: Endpoint[Request, Response], request: Request) -> Response:
        return await super().call(endpoint, cast("Request", self.bend(request)))


def probed(sandbox: RunningSandbox, policy: ConferencePolicy | None = None, bend: Bend | None = None) -> Seen:
    """What a probe of alice finds, by rule without its prefix."""
    found: list[Finding] = []

    async def run() -> None:
        async with Bent(sandbox.url, "sandbox-token", pace=Pace(backoff=0.01)) as api:
            if bend is not None:
                api.bend = bend
            await probe(api, 9, policy or ConferencePolicy(), found.append, tag="t4g", now=NOW)

    asyncio.run(run())
    return {finding.rule.removeprefix("probe."): finding for finding in found}


def left(sandbox: RunningSandbox) -> tuple[list[Any], list[Any]]:  # Any: JSON
    """What is still there of the probe."""
    account = Account(sandbox)
    conferences = account.accepted("conference/fetch_all", host_id=9)
    contacts = account.accepted("contact/fetch_all", host_id=9)
    return conferences["conferences"] if isinstance(conferences, dict) else conferences, [
        each for each in contacts if each["email"].endswith(".invalid")
    ]


def verdicts(found: Seen) -> set[str]:
    """The rules whose assumption does not hold."""
    return {rule for rule, finding in found.items() if rule != "cleared" and not finding.what.startswith("holds: ")}


def test_where_every_assumption_holds_it_says_so_and_leaves_nothing_behind() -> None:
    with running(Settings()) as sandbox:
        found = probed(sandbox)
        assert left(sandbox) == ([], [])
    assert (len(found), verdicts(found)) == (19, set())
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert found["schedule"].what == "holds: FREQ=DAILY;COUNT=12 came back as FREQ=DAILY;COUNT=12;INTERVAL=1"
    assert found["refusal"].what.startswith("holds: HTTP 400: Schedule FREQ must be")


@pytest.mark.parametrize(
    ("settings", "differ"),
    [
        (Settings(listing="array"), {"pages"}),
        (Settings(first_instance_child=True), {"first"}),
        (Settings(reset_children_on_update=True), {"kept"}),
        (Settings(master_stays_listed=False), {"begun"}),
        (Settings(refuse_past_start=True), {"past", "begun"}),
        (Settings(refuse_past_start=True, refused_status=500), {"past", "begun"}),
    ],
    ids=["array", "first", "reset", "unlisted", "past", "status"],
)
def test_what_a_platform_does_otherwise_is_seen_and_coped_with(settings: Settings, differ: set[str]) -> None:
    with running(settings) as sandbox:
        found = probed(sandbox)
        assert left(sandbox) == ([], [])
    assert verdicts(found) == differ
    assert {finding.level for finding in found.values()} == {Level.OK}


def _cut_agenda(request: WireRequest) -> WireRequest:
    return request.model_copy(update={"agenda": request.agenda[:255]}) if hasattr(request, "agenda") else request


def _until_excluded(request: WireRequest) -> WireRequest:
    text = getattr(request, "schedule", None) or ""
    rule = schedule.parse(text) if "UNTIL" in text else None
    if not isinstance(rule, schedule.Schedule) or rule.until is None:
        return request
    earlier = replace(rule, until=rule.until - timedelta(days=1))
    return request.model_copy(update={"schedule": schedule.text(earlier)})


def _weeks_from_sunday(request: WireRequest) -> WireRequest:
    text = getattr(request, "schedule", None) or ""
    return request.model_copy(update={"schedule": text.replace("MO,SU", "SU")}) if "MO,SU" in text else request


def _keeps_participants(request: WireRequest) -> WireRequest:
    invited = getattr(request, "participant_emails", None)
    if not invited or len(invited) != 1:
        return request
    second = conference.ParticipantEmail(email="calbridge-probe-2@example.invalid")
    return request.model_copy(update={"participant_emails": (*invited, second)})


@pytest.mark.parametrize(
    ("bend", "rule", "level"),
    [
        (_cut_agenda, "agenda", Level.PROBLEM),
        (_until_excluded, "until", Level.PROBLEM),
        (_weeks_from_sunday, "weeks", Level.PROBLEM),
        (_keeps_participants, "participants", Level.WARNING),
    ],
)
def test_what_calbridge_can_t_do_without_is_a_problem_with_a_way_out(bend: Bend, rule: str, level: Level) -> None:
    with running(Settings()) as sandbox:
        found = probed(sandbox, bend=bend)
        assert left(sandbox) == ([], [])
    assert verdicts(found) == {rule}
    assert (found[rule].level, bool(found[rule].hint)) == (level, True)


def test_a_plan_without_what_the_configuration_asks_for_is_a_problem() -> None:
    with running(Settings()) as sandbox:
        Account(sandbox).accepted("host/update", host_id=9, add_on_slugs=[])
        found = probed(sandbox, ConferencePolicy(auto_record="audio"))
    assert verdicts(found) == {"features"}
    assert found["features"].level is Level.PROBLEM
    assert found["features"].what.endswith("auto_record = audio: Recording feature not enabled")


def test_a_plan_without_one_time_codes_leaves_only_that_open() -> None:
    with running(Settings()) as sandbox:
        Account(sandbox, "reseller-token").accepted(
            "subscription/create", company_id=5, slug="small_plan", switch_plan=None, subscribe_all_hosts=False
        )
        Account(sandbox).accepted("host/update", host_id=9, plan_slug="small_plan", add_on_slugs=[])
        found = probed(sandbox, ConferencePolicy(room="dedicated"))
        assert left(sandbox) == ([], [])
    assert verdicts(found) == {"code"}
    assert found["code"].what.startswith("could not tell")


class _Lost(Enterprise):
    """Creates arrive, and their answers do not."""

    async def call(self, endpoint: Endpoint[Request, Response], request: Request) -> Response:
        answer = await super().call(endpoint, request)
        if endpoint.path == conference.CREATE.path:
            raise unknown("conference/create", "no answer came")
        return answer


def test_what_was_made_without_an_answer_is_found_and_cancelled_too() -> None:
    found: list[Finding] = []
    with running(Settings()) as sandbox:

        async def run() -> None:
            async with _Lost(sandbox.url, "sandbox-token") as api:
                await probe(api, 9, ConferencePolicy(), found.append, tag="t4g", now=NOW)

        asyncio.run(run())
        assert left(sandbox) == ([], [])
    assert found[-1].rule == "probe.cleared"
    told = [finding.rule for finding in found if not finding.what.startswith("could not tell")]
    assert told == ["probe.refusal", "probe.pages", "probe.cleared"]


class _Stubborn(Enterprise):
    """Cancels nothing."""

    async def call(self, endpoint: Endpoint[Request, Response], request: Request) -> Response:
        if endpoint.path == conference.CANCEL.path:
            raise unknown("conference/cancel", "no answer came")
        return await super().call(endpoint, request)


def test_what_could_not_be_cancelled_is_listed() -> None:
    async def run() -> tuple[int, ...]:
        async with _Stubborn(sandbox.url, "sandbox-token") as api:
            ground = Ground(api, 9, tag="t4g", now=NOW, sleep=_at_once)
            await ground.create("one", ground.first_day)
            return (await ground.clear()).conferences

    with running(Settings()) as sandbox:
        kept = asyncio.run(run())
        assert [row["conference_id"] for row in left(sandbox)[0]] == list(kept)
    assert len(kept) == 1


async def _at_once(_: float) -> None:
    """Don't wait."""


def test_every_schedule_is_of_the_subset_and_stays_within_what_is_listed() -> None:
    for now in (datetime(2026, month, 1, 12, tzinfo=UTC) for month in range(1, 13)):
        ground = Ground(Enterprise("http://127.0.0.1:9", "x"), 9, tag="t", now=now)
        for trial in trials(ground):
            rule = schedule.parse(trial.schedule)
            assert isinstance(rule, schedule.Schedule)
            instances = list(schedule.expand(rule, trial.start, after=None, before=None))
            assert instances[0] == trial.start
            assert (instances[-1] - now).days < 540
