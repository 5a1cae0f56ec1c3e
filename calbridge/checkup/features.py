"""Whether a host's plan has what her configuration asks for.

The platform says which plan and add-ons she is on, and not what is in them. So there are three kinds of evidence: what
it refused before, what one of her conferences has already, and what a plan or add-on calls itself. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calbridge.checkup.account import Directory
from calbridge.core.policy import ConferencePolicy
from calbridge.core.problem import Problem
from calbridge.core.remembered import Refusal
from calbridge.enterprise.conference import ConferenceResponse
from calbridge.enterprise.host import HostResponse
from calbridge.enterprise.messages import FieldMessage


@dataclass(frozen=True, slots=True)
class Want:
    """A setting that needs a feature. `sign` is what a product that has it would say of itself."""

    key: str
    setting: str
    sign: str
    refused_as: frozenset[FieldMessage]


_RECORDING = frozenset({FieldMessage.RECORDING, FieldMessage.VIDEO_RECORDING})


def wants(policy: ConferencePolicy) -> Iterator[Want]:
    """What the configuration asks for beyond a plain meeting."""
    if policy.room == "one-time":
        yield Want("conference.room", "one-time", "", frozenset({FieldMessage.ONE_TIME_ACCESS_CODE}))
    if policy.auto_record != "none":
        yield Want("conference.auto_record", policy.auto_record, "record", _RECORDING)
    if policy.auto_stream != "none":
        yield Want("conference.auto_stream", policy.auto_stream, "stream", _RECORDING)
    if policy.auto_transcribe:
        yield Want("conference.auto_transcribe", "true", "transcri", frozenset({FieldMessage.TRANSCRIPTION}))
    if policy.host_initiated_recording:
        yield Want("conference.host_initiated_recording", "true", "record", _RECORDING)


def refused(name: str, policy: ConferencePolicy, refusals: Sequence[Refusal]) -> Iterator[Problem]:
    """What the platform refused her already."""
    for want in wants(policy):
        words = [message for message in sorted(want.refused_as) if any(message in r.problem.reason for r in refusals)]
        if words:
            meetings = len(
                {refusal.uid for refusal in refusals if any(word in refusal.problem.reason for word in words)}
            )
            reason = f"is {want.setting}, and the platform refused {meetings} of her meetings: {words[0]}"
            hint = "give her a plan or an add-on with it (host/update plan_slug, add_on_slugs), or change the setting"
            yield Problem(f"hosts.d/{name}.toml: {want.key}", "host.feature", reason, hint)


def unsaid(
    name: str, policy: ConferencePolicy, person: HostResponse, directory: Directory, seen: Sequence[ConferenceResponse]
) -> Iterator[Problem]:
    """What none of her products speaks of, and none of the conferences `seen` has."""
    products = tuple(filter(None, (person.plan_slug, *(person.add_on_slugs or ()))))
    for want in wants(policy):
        if not want.sign or want.sign in directory.about(products) or any(_has(each, want) for each in seen):
            continue
        told = " and ".join(products) or "nothing"
        reason = f"is {want.setting}, and nothing says that her plan has it: she is on {told}"
        hint = f"try it on the platform itself: calbridge doctor --probe --host {name}"
        yield Problem(f"hosts.d/{name}.toml: {want.key}", "host.feature-unsaid", reason, hint)


def _has(conference: ConferenceResponse, want: Want) -> bool:
    match want.key:
        case "conference.auto_record":
            return conference.auto_record == want.setting
        case "conference.auto_stream":
            return conference.auto_stream == want.setting
        case "conference.auto_transcribe":
            return conference.auto_transcribe is True
        case _:  # what the platform does not report
            return False
