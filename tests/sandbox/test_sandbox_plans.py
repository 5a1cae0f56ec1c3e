"""Whatever is subscribed, assigned, suspended and cancelled in whatever order: the rules of plans hold."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calbridge.sandbox import plans, seed
from calbridge.sandbox.plans import Status
from calbridge.sandbox.refusals import Missing, Refused
from calbridge.sandbox.resources import open_state
from calbridge.sandbox.seed_tables import Seed
from calbridge.sandbox.state import State

SEED = """
reseller = [{ id = 1, domain = "one.example" }]
product = [
    { id = 1, reseller = 1, slug = "small", name = "Small", plan = true, default = true, features = ["recording"] },
    { id = 2, reseller = 1, slug = "large", name = "Large", plan = true, pricing = "per_host" },
    { id = 3, reseller = 1, slug = "codes", name = "Codes", plan = false, pricing = "per_host" },
]
company = [{ id = 5, reseller = 1, name = "Five", subdomain = "five", host_limits_locked = LOCKED }]
subscription = [
    { company = 5, slug = "small" },
    { company = 5, slug = "large", host_limit = 1 },
    { company = 5, slug = "codes", host_limit = 1 },
]
api_token = []
host = [
    { id = 9, company = 5, name = "A", email = "a@example.com", access_code = "1001", moderator_pin = "2001" },
    { id = 10, company = 5, name = "B", email = "b@example.com", access_code = "1002", moderator_pin = "2002" },
    { id = 11, company = 5, name = "C", email = "c@example.com", access_code = "1003", moderator_pin = "2003" },
]
"""
COMPANY, HOSTS = 5, (9, 10, 11)
Step = Callable[[State], object]


@pytest.fixture(scope="module", params=["true", "false"])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seed:
    path: Path = tmp_path_factory.mktemp("seed") / "seed.toml"
    path.write_text(SEED.replace("LOCKED", request.param))
    return seed.read(path)


def _subscribe(slug: str, limit: int | None) -> Step:
    def step(state: State) -> None:
        [product] = [one for one in plans.offered(state, 1) if one.slug == slug]
        plans.subscribe(state, COMPANY, product, limit)

    return step


def _assign(host_id: int, slugs: set[str]) -> Step:
    return lambda state: plans.assign(state, COMPANY, host_id, plans.ids_by_slugs(state, COMPANY, slugs))


def _assign_all(slug: str) -> Step:
    return lambda state: plans.assign_all(state, plans.by_slug(state, COMPANY, slug))


def _limit(slug: str, limit: int) -> Step:
    return lambda state: plans.set_limit(state, plans.by_slug(state, COMPANY, slug), limit)


def _turn(slug: str, status: Status) -> Step:
    return lambda state: plans.set_status(state, plans.by_slug(state, COMPANY, slug), status)


SLUGS = st.sampled_from(["small", "large", "codes"])
STEPS = (
    st.builds(_subscribe, SLUGS, st.none() | st.integers(1, 4))
    | st.builds(_assign, st.sampled_from(HOSTS), st.sets(SLUGS))
    | st.builds(_assign_all, SLUGS)
    | st.builds(_limit, SLUGS, st.integers(1, 4))
    | st.builds(_turn, SLUGS, st.sampled_from(Status))
)


def _check(state: State) -> None:
    live = plans.live(state, COMPANY)
    status = {each.id: each.status for each in live}
    product = {each.id: each.product for each in live}
    assert len({each.product.slug for each in live}) == len(live)
    for each in live:
        assert each.host_limit is None or plans.assigned(state, each) <= each.host_limit
    for host_id in HOSTS:
        held = plans.held(state, host_id)
        mine = [product[id_] for id_ in held.subscription_ids]
        assert [one.slug for one in mine if one.plan] == ([held.plan_slug] if held.plan_slug else [])
        active = [product[id_].slug for id_ in held.subscription_ids if status[id_] is Status.ACTIVE]
        assert held.may_host == (held.plan_slug in active)
        assert bool(held.features) == ("small" in active)


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=25))
def test_the_rules_of_plans_hold(planted: Seed, steps: list[Step]) -> None:
    state = open_state(None)
    seed.plant(planted, state)

    for step in steps:
        with suppress(Refused, Missing), state.transaction():
            step(state)
        _check(state)

    state.close()
