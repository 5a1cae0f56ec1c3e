"""One pass over one host, the whole story: observe, plan, apply."""

from dataclasses import replace

import structlog

from calbridge.apply import Failed, Pass, apply
from calbridge.core.actions import Plan
from calbridge.core.case import Context
from calbridge.core.problem import Problem
from calbridge.core.roomless import waiting
from calbridge.errors import CalbridgeError
from calbridge.sync.looks import prove_gone, take_look
from calbridge.sync.observe import Sight, keep, observe
from calbridge.sync.telling import Teller
from calbridge.sync.values import HostReport, Options, Run, Seat

__all__ = ["HostReport", "Options", "Run", "Seat", "internal", "sync_host"]

_log = structlog.get_logger()

_LOOKS = 3
"""How often a plan may ask to see more: once for a listing, once for proofs, once for what those showed."""


async def sync_host(seat: Seat, run: Run, options: Options) -> HostReport:
    """Never raises for what a server, the platform or an event does: that is the report's, and other hosts go on."""
    try:
        return await _pass(seat, run, options)
    except CalbridgeError as error:
        return HostReport(seat.name, Plan(), (), (error.problem,))
    except Exception as error:  # noqa: BLE001  the boundary of a host: one that breaks our code stops no other
        _log.exception("host failed", host=seat.name)
        return HostReport(seat.name, Plan(), (), (internal(seat.name, error),))


async def _pass(seat: Seat, run: Run, options: Options) -> HostReport:
    sight = await observe(seat, run, options)
    plan, problems = await _decide(seat, sight, run, options)
    if options.dry:
        return HostReport(seat.name, plan, (), (*sight.problems, *problems, *plan.problems))
    on = Pass(
        host=seat.name,
        policy=sight.policy,
        platform=run.platform,
        accounts=sight.accounts,
        store=run.store,
        clock=run.clock,
        random=run.random,
        allowed=options.allowed,
    )
    on.learn(sight.observation.memories)
    journal, teller = run.store.journal, Teller(seat.profile.id, seat.name, run.clock())
    journal.tell(*teller.decided(plan, sight.observation.uids))
    outcomes = await apply(plan, on, options.progress)
    journal.tell(*replace(teller, at=run.clock()).became(outcomes))
    failed = tuple(o.problem for o in outcomes if isinstance(o, Failed))
    found = (*sight.problems, *problems, *plan.problems, *failed)
    good = sight.observation.is_healthy and not seat.problems and not problems and on.stopped is None
    if good:
        journal.save_pass(seat.profile.id, seat.name, run.clock())
    held = frozenset((m.uid, m.part) for m in on.every_mapping() if m.is_held)
    return HostReport(
        seat.name,
        plan,
        outcomes,
        found,
        good=good,
        meetings=len({uid for uid, _ in held}),
        waiting=waiting(plan.asked, held, (*failed, *plan.problems), otherwise=on.stopped or on.no_creates),
    )


async def _decide(seat: Seat, sight: Sight, run: Run, options: Options) -> tuple[Plan, tuple[Problem, ...]]:
    """Plan, look where the plan can't be made yet, and plan again."""
    context = Context(
        policy=sight.policy,
        selected=sight.selected,
        now=run.clock(),
        look=None,
        looked_before=seat.profile.id in run.looked,
        unclaimed=run.looked.get(seat.profile.id, frozenset()),
        full=options.full,
    )
    seen, problems = sight.observation, list[Problem]()
    plan = options.planner(seen, context, options.allowed)
    for _ in range(_LOOKS):
        if not plan.looks:
            break
        if plan.looks.listing:
            look, trouble = await take_look(seat, seen, run, options.allowed)
            problems.extend(trouble)
            context = replace(context, look=look)
        if plan.looks.proofs:
            found = await prove_gone(plan.looks.proofs, sight, run.store)
            proofs, unreadable = {**seen.proofs, **found.gone}, seen.unreadable | found.outdated
            seen = replace(seen, proofs=proofs, unreadable=unreadable)
            keep(found.brought, seat, sight, run)
        plan = options.planner(seen, context, options.allowed)
    return plan, tuple(problems)


def internal(host: str, error: Exception) -> Problem:
    """What our own code did to a host's pass."""
    return Problem(
        f"host {host}",
        "internal.error",
        f"calbridge itself failed on this host ({type(error).__name__}), and her pass ended there",
        "report it with the log's traceback; the other hosts go on",
    )
