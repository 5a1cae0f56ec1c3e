"""What became of an assumption, and what that means for calbridge."""

from dataclasses import dataclass
from enum import StrEnum

from calbridge.checkup.findings import Area, Finding, Level


class Verdict(StrEnum):
    """Whether the platform is as assumed."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNKNOWN = "could not tell"


@dataclass(frozen=True, slots=True)
class Assumption:
    """One thing that the platform's document leaves open.

    `means`: what to do where it differs, "" where calbridge copes with either. `serious`: it can't do without.
    """

    rule: str
    title: str
    means: str = ""
    serious: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What was seen of one assumption."""

    assumption: Assumption
    verdict: Verdict
    seen: str


def answer(assumption: Assumption, *, holds: bool, seen: str) -> Answer:
    """What a look has decided."""
    return Answer(assumption, Verdict.HOLDS if holds else Verdict.DIFFERS, seen)


def finding(given: Answer) -> Finding:
    """The answer among everything else that a check-up finds."""
    assumption = given.assumption
    what = f"{given.verdict}: {given.seen}"
    level, hint = Level.OK, ""
    match given.verdict:
        case Verdict.DIFFERS if assumption.means:
            level, hint = Level.PROBLEM if assumption.serious else Level.WARNING, assumption.means
        case Verdict.UNKNOWN if assumption.means:
            level, hint = Level.WARNING, f"try again; if it differs: {assumption.means}"
        case Verdict.DIFFERS:
            what += "; calbridge copes with both"
        case Verdict.HOLDS | Verdict.UNKNOWN:
            pass
    return Finding(Area.PROBE, assumption.title, level, f"probe.{assumption.rule}", what, hint)


AGENDA = Assumption(
    "agenda",
    "the agenda comes back whole, up to 4,000 characters",
    "report it: without its marker a conference can't be found again, and calbridge stops making new ones",
    serious=True,
)
CODE = Assumption(
    "code",
    "a one-time code stays through updates",
    'set conference.room = "dedicated": rooms in events go stale',
    serious=True,
)
PARTICIPANTS = Assumption(
    "participants",
    "participant_emails replaces the list",
    "set conference.participants = false: whoever is taken off an event would stay invited",
)
REFUSAL = Assumption(
    "refusal",
    "a schedule outside the subset is refused, in the documented words",
    "report it: calbridge can't tell a refusal from a failure, and looks up what it need not",
)
PAST = Assumption("past", "a start in the past is taken")
SERIES_OF_SINGLE = Assumption("single", "a single conference does not become a series")
CANCELLED = Assumption(
    "cancelled",
    "a cancelled conference is no longer found (404)",
    "report it: calbridge would go on cancelling it in each pass",
    serious=True,
)
LISTED = Assumption(
    "listed",
    "everything that was made is listed, and every page leads to the next",
    "don't sync: a create without an answer could be made twice; report it",
    serious=True,
)
PAGES = Assumption("pages", "a listing comes in pages of ten")
FIRST = Assumption("first", "a series' master stands for its first instance")
BEGUN = Assumption("begun", "a master stays listed once its first date has passed")
KEPT = Assumption("kept", "a changed instance stays so when its series is updated")
REFORMATTED = Assumption(
    "schedule", "a schedule comes back with the same meaning", "report it: every audit would set it back", serious=True
)
_DIFFERENT_DAYS = 'set conference.irregular = "skip" and report it: series like this one would be on other days'
UNTIL = Assumption("until", "UNTIL includes its day, by the local date", _DIFFERENT_DAYS, serious=True)
WEEKS = Assumption("weeks", "weeks start on Monday", _DIFFERENT_DAYS, serious=True)
MONTHS = Assumption("months", "months without the day are skipped", _DIFFERENT_DAYS, serious=True)
DAYS = Assumption("days", "a series has exactly the instances that its schedule says", _DIFFERENT_DAYS, serious=True)
FEATURES = Assumption(
    "features",
    "the host's plan has what her configuration asks for",
    "give her a plan or an add-on with it (host/update plan_slug, add_on_slugs), or change [conference]",
    serious=True,
)
