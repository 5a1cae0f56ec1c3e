"""Trouble that lasts: it begins between two passes, and ends by itself after minutes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from simulation import faults
from simulation.scene import Scene


def begin(scene: Scene) -> datetime:
    """Perhaps something begins; until when it lasts."""
    world, server = scene.world, scene.calendars
    kind = world.draw(faults.SPELLS, world.rate)
    if kind is None:
        return world.now
    things = sorted(server.everything())
    thing = world.random.choice(things) if things else ""
    url = world.random.choice(sorted(server.calendars))
    seconds = world.random.choice((300, 900, 2_000))
    world.say(f"{kind}: {thing} {url} for {seconds} s")
    world.later(seconds, f"the end of {kind}", _begun(kind, thing, url, scene))
    return world.now + timedelta(seconds=seconds)


def _begun(kind: str, thing: str, url: str, scene: Scene) -> Callable[[], None]:
    """Let it begin; what is returned ends it."""
    server = scene.calendars
    match kind:
        case "spell: unlisted":
            return _unlisted(thing, scene)
        case "spell: unfetchable":
            return _member(server.unfetchable, thing)
        case "spell: emptied":
            return _member(server.emptied, url)
        case "spell: calendar away":
            return _member(server.away, url)
        case "spell: hidden":
            return _hidden(thing, scene)
        case "spell: amnesia":
            return _amnesia(scene)
        case "spell: dav outage":
            server.down = True
            return lambda: setattr(server, "down", False)
        case "spell: no listing":
            scene.platform.lists_nothing = True
            return lambda: setattr(scene.platform, "lists_nothing", False)
        case _:
            scene.platform.down = True
            return lambda: setattr(scene.platform, "down", False)


def _member(members: set[str], member: str) -> Callable[[], None]:
    members.add(member)
    return lambda: members.discard(member)


def _unlisted(thing: str, scene: Scene) -> Callable[[], None]:
    """Its index lost it, which the server reports; that it has it again, it may not."""
    if thing:
        scene.calendars.report(thing)
    return _member(scene.calendars.unlisted, thing)


def _hidden(thing: str, scene: Scene) -> Callable[[], None]:
    """Another view of an event is another version of it."""
    server = scene.calendars

    def touch() -> None:
        body = server.everything().get(thing)
        if body is not None:
            server.put(thing, body)

    def end() -> None:
        server.hidden.discard(thing)
        touch()

    server.hidden.add(thing)
    touch()
    return end


def _amnesia(scene: Scene) -> Callable[[], None]:
    """A server that was put back from a backup: most events are gone, and come again where nobody made them anew.

    Some are left in each calendar: one that lists nothing is another spell.
    """
    server, random = scene.calendars, scene.world.random
    everything = sorted(server.everything().items())
    oldest = {href.rsplit("/", 1)[0]: href for href, _ in reversed(everything)}.values()
    lost = [(href, body) for href, body in everything if href not in oldest and random.random() < 0.9]
    for href, _ in lost:
        server.delete(href)

    def end() -> None:
        for href, body in lost:
            if href not in server.everything():
                server.put(href, body)

    return end
