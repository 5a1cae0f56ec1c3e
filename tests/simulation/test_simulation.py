"""The simulation at work, in small: a few histories, and that a seed is a history."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.ablations import ABLATIONS, find
from simulation.runner import run_here
from simulation.world import World

TESTS = Path(__file__).parents[1]


def test_no_history_breaks_an_invariant() -> None:
    assert [(result.seed, result.said) for result in run_here(range(1, 10)) if result.violation] == []


def test_a_seed_is_a_history_byte_for_byte_whatever_the_process_that_runs_it() -> None:
    digests = {_digests(hash_seed) for hash_seed in ("1", "2")}
    assert len(digests) == 1


def test_a_wait_below_the_clocks_resolution_ends() -> None:
    world = World(1)
    before = world.now
    world.pass_time(1e-9)
    assert world.now > before


@pytest.mark.parametrize("rule", ["intent before create", "a create is sent once", "adopt on the marker"])
def test_without_a_rule_of_the_protocol_a_history_breaks_an_invariant(rule: str) -> None:
    [ablation] = [each for each in ABLATIONS if each.rule == rule]
    assert find(ablation, 200, chunk=4).broken is not None


def _digests(hash_seed: str) -> str:
    """The traces of a few histories, run in a process of its own."""
    code = "from simulation.runner import run_here; print(*(r.digest for r in run_here(range(100, 102))))"
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{TESTS.parent}:{TESTS}"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return done.stdout
