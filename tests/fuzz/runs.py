"""The runs over calendar objects, each the same whenever it is made.

Deadlines are in processor time, once for reading and planning and once for what the write-back is asked, together with
what the test computes. A mutated object has as much text as people write: 1 s is a hundred times what it takes. A bomb
may take 10 s, even on a busy machine: while it is read nothing else runs, and the requests of other hosts, which wait
for 30 s, must outlive that.
"""

from collections.abc import Iterable, Iterator
from random import Random
from typing import Final

from fuzz import bombs, damage, seeds
from fuzz.mutations import mutated
from fuzz.tally import Tally

OBJECT_SECONDS: Final = 1.0
BOMB_SECONDS: Final = 10.0
OWN_SHARE: Final = 0.6
"""Of all mutated objects those made of our own texts, which have everything; the rest is of the corpus."""


def over_objects(count: int) -> Tally:
    """Mutate objects of meetings that have their rooms."""
    own = [(name, world) for name, body in seeds.own().items() if (world := damage.world(body))]
    found = list(_corpus(count))
    tally = Tally()
    for number in range(count):
        random = Random(number)
        name, world = random.choice(found if found and random.random() >= OWN_SHARE else own)
        body = mutated(world.body, random)
        _take(tally, f"{name} by {number}", world, body, OBJECT_SECONDS)
    return tally


def over_bombs(chosen: Iterable[tuple[str, bytes]]) -> Tally:
    """Put each bomb in the place of an event that has its room."""
    world = damage.world(bombs.event(bombs.GOOD))
    assert world is not None
    tally = Tally()
    for name, body in chosen:
        _take(tally, name, world, body, BOMB_SECONDS)
    return tally


def _take(tally: Tally, name: str, world: damage.World, body: bytes, seconds: float) -> None:
    tally.take(name, lambda: damage.outcome(world, body), seconds=seconds)
    tally.take(name, lambda: [damage.write_back(body)], seconds=seconds)


def _corpus(count: int) -> Iterator[tuple[str, damage.World]]:
    """The corpus' meetings; fewer of them where only a few objects are made."""
    objects = list(seeds.corpus())
    for name, body in objects[:: max(1, 2000 // max(count, 1))]:
        if world := damage.world(body, damage.ALL):
            yield name, world
