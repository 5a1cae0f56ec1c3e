"""All that takes part in one history, and what kind of history it is."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from calbridge.config import Config
from calbridge.core.policy import ConferencePolicy, Writeback
from simulation import faults
from simulation.calendars import CalendarServer
from simulation.colleagues import Colleagues
from simulation.conferences import Conferences
from simulation.disk import Disk
from simulation.events import tag
from simulation.invariants import Invariants
from simulation.platform import SETTLED, PlatformServer
from simulation.process import PIN, configured
from simulation.users import Users
from simulation.world import World

_DROPPED = ("CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-CALBRIDGE-WAS-LOCATION")


@dataclass
class Scene:
    """See the module. `people` is the share of our calls before which somebody does something.

    `daemon`: one process makes many visits; else each pass is a process of its own, as `calbridge sync` is. `first`
    is how many events there are to begin with. `hurried`: there are seconds between two passes.
    """

    world: World
    calendars: CalendarServer
    conferences: Conferences
    platform: PlatformServer
    users: Users
    disk: Disk
    invariants: Invariants
    config: Config
    people: float
    daemon: bool
    first: int
    hurried: bool


def scene(seed: int, disk: Disk, folder: Path) -> Scene:
    """Draw one."""
    world = World(seed)
    random = world.random
    disk.reset(world)
    world.rate = random.choice((0.06, 0.2, 0.3, 0.42, 0.52))
    share = random.choice((0.3, 0.6, 1.0))
    world.enabled = frozenset(kind for kind in sorted(faults.ALL) if random.random() < share)
    calendars = CalendarServer(world, ("work", "home")[: random.choice((1, 2, 2))])
    conferences = Conferences(world)
    platform = PlatformServer(world, conferences)
    users = Users(world, calendars, Colleagues(world, conferences))
    calendars.edit = users.edit_at
    invariants = Invariants(world, calendars, conferences, disk)
    platform.seen_cancel = invariants.cancels.cancel
    platform.seen_write, platform.seen_refusal = invariants.requests.sent, invariants.requests.was_refused
    conferences.uncertain = invariants.claims.is_uncertain
    drawn = Scene(
        world=world,
        calendars=calendars,
        conferences=conferences,
        platform=platform,
        users=users,
        disk=disk,
        invariants=invariants,
        config=_config(random, configured(folder)),
        people=random.choice((0.0, 0.02, 0.05, 0.12)),
        daemon=random.random() < 0.6,
        first=random.choice((1, 2, 2, 3, 3, 4)),
        hurried=random.random() < 0.25,
    )
    invariants.requests.on_platform_cancel = drawn.config.platform.on_platform_cancel
    if random.random() < 0.3:
        conferences.plant("cb1-other-" + tag("u1@example.com") + "-m.1")
    if random.random() < 0.15:
        drawn.first, users.rules = random.randrange(8, 13), ()  # enough for the breaker
    _habits(drawn)
    return drawn


def _habits(drawn: Scene) -> None:
    """What the two servers are like."""
    world, random = drawn.world, drawn.world.random
    dav = drawn.calendars.habits
    dav.sync = random.random() < 0.8
    dav.atomic = random.random() < 0.7
    dav.home_tells = random.random() < 0.7
    dav.multiget = random.choice(("entry", "omitted", "whole"))
    dav.rewrites = "dav rewrites" in world.enabled and random.random() < 0.3
    if "dav drops properties" in world.enabled and random.random() < 0.2:
        dav.drops = frozenset(random.sample(_DROPPED, 1))
    api = drawn.conferences.habits
    api.first_instance_child = random.random() < 0.5
    api.master_stays_listed = random.random() < 0.7
    api.resets_children = random.random() < 0.4
    api.pages = random.random() < 0.7
    api.terse_answers = random.random() < 0.2
    api.reports_participants = random.random() < 0.7
    if "api listing lag" in world.enabled and random.random() < 0.4:
        api.lag = SETTLED
    drawn.platform.refusal_status = random.choice((200, 400, 422))


def _config(random: Random, plain: Config) -> Config:
    """What the administrator chose."""
    conference = random.choice(
        (
            *(ConferencePolicy(),) * 4,
            ConferencePolicy(room="dedicated"),
            ConferencePolicy(security_pin=PIN, irregular="skip"),
            ConferencePolicy(participants=True, agenda="none"),
        )
    )
    writeback = random.choice(
        (
            *(Writeback(),) * 3,
            Writeback(location="always", url="always", notify="always"),
            Writeback(location="never", notify="never", conference_property=False),
        )
    )
    platform = replace(plain.platform, on_platform_cancel=random.choice(("report", "recreate")))
    return replace(
        plain, platform=platform, hosts=(replace(plain.hosts[0], conference=conference, writeback=writeback),)
    )
