from pathlib import Path

import pytest
from support.sandbox_account import Account, meeting

from calbridge.errors import ConfigError
from calbridge.sandbox import Settings, create_app, running, seed

GOOD = """
reseller = [{ id = 1, domain = "one.example" }]
company = [{ id = 5, reseller = 1, name = "Five", subdomain = "five" }]
api_token = [{ token = "secret-token", role = "COMPANY_ADMIN", company = 5 }]

[[host]]
id = 9
company = 5
name = "Alice"
email = "alice@example.com"
access_code = "1001"
moderator_pin = "2001"
"""

# what is replaced in GOOD, by what -> where the problem is
BAD = [
    ("reseller = 1,", "reseller = 2,", "company 5.reseller"),
    ("company = 5\n", "company = 6\n", "host 9.company"),
    ("company = 5 }", "reseller = 1 }", "api_token.0"),
    ('"COMPANY_ADMIN"', '"RESELLER_ADMIN"', "api_token.0"),
    ('"1001"', '"12"', "host.0.access_code"),
    ('"Alice"', '"Alice"\ntime_zone = "Mars/Olympus"', "host.0.time_zone"),
    ('"Alice"', '"Alice"\nfeatures = ["flying"]', "host.0.features.0"),
    ('"Alice"', '"Alice"\nshoe_size = 38', "host.0.shoe_size"),
    ('domain = "one.example" }', 'domain = "one.example" }, { id = 1, domain = "x" }', "reseller.id"),
    ('domain = "one.example" }', 'domain = "one.example", parent = 2 }', "reseller 1.parent"),
    ('domain = "one.example" }', 'domain = "one.example" }, { id = 2, domain = "one.example" }', "reseller.domain"),
    (
        "[[host]]",
        'product = [{ id = 1, reseller = 2, slug = "s", name = "", plan = true }]\n[[host]]',
        "product 1.reseller",
    ),
    ("[[host]]", 'subscription = [{ company = 6, slug = "small_plan" }]\n[[host]]', "subscription.0.company"),
    ("[[host]]", 'subscription = [{ company = 5, slug = "s", host_limit = 0 }]\n[[host]]', "subscription.0.host_limit"),
    (
        'subdomain = "five" }',
        'subdomain = "five" }, { id = 6, reseller = 1, name = "Six", subdomain = "FIVE" }',
        "company.subdomain",
    ),
    ("id = 9", "id = 9223372036854775808", "host.0.id"),
    ("[[host]]", 'chat_room = [{ id = 1, company = 6, name = "General" }]\n[[host]]', "chat_room 1.company"),
]


def test_the_built_in_seed_is_sound_and_can_be_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(GOOD)

    assert [host.email for host in seed.read(path).host] == ["alice@example.com"]
    assert [(host.id, host.email) for host in seed.read(seed.BUILT_IN).host] == [
        (9, "alice@example.com"),
        (10, "bob@example.com"),
    ]


@pytest.mark.parametrize(("old", "new", "key"), BAD)
def test_a_bad_seed_is_a_problem_that_names_file_and_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(GOOD.replace(old, new, 1))

    with pytest.raises(ConfigError) as raised:
        seed.read(path)

    assert f"{path}: {key}" in [problem.where for problem in raised.value.problems]
    assert "secret-token" not in str(raised.value.problems)


def test_every_problem_of_a_seed_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(GOOD.replace("reseller = 1,", "reseller = 2,").replace("company = 5\n", "company = 6\n"))

    with pytest.raises(ConfigError) as raised:
        seed.read(path)

    assert len(raised.value.problems) == 2


def test_a_seed_is_read_for_an_empty_state_only_and_until_it_is_filled(tmp_path: Path) -> None:
    data, path = tmp_path / "sandbox.db", tmp_path / "seed.toml"
    with pytest.raises(ConfigError):
        create_app(Settings(data=data, seed=path))
    path.write_text(GOOD.replace("Alice", "Planted"))
    create_app(Settings(data=data, seed=path))
    path.unlink()

    with running(Settings(data=data, seed=path)) as sandbox:
        account = Account(sandbox, "secret-token")
        assert account.accepted("host/fetch", host_id=9)["name"] == "Planted"


@pytest.mark.parametrize("content", [b"[[", b"\xff\xfe", None])
def test_a_seed_that_is_no_toml_or_not_there_is_a_problem(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "seed.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        seed.read(path)

    assert raised.value.problem.rule == "sandbox.seed"


# what is replaced in GOOD, by what -> what can't be planted, and why
UNPLANTABLE = [
    ("[[host]]", 'subscription = [{ company = 5, slug = "no" }]\n[[host]]', "subscription of company 5", "'no'"),
    (
        "[[host]]",
        'subscription = [{ company = 5, slug = "small_plan", host_limit = 3 }]\n[[host]]',
        "subscription of company 5",
        "priced flat",
    ),
    ('"Alice"', '"Alice"\nplan_slug = "no"', "host 9", "not subscribed to no"),
    ('"Alice"', '"Alice"\nadd_on_slugs = ["small_plan"]', "host 9", "small_plan is not an add-on"),
]


@pytest.mark.parametrize(("old", "new", "where", "reason"), UNPLANTABLE)
def test_a_subscription_that_can_not_be_is_a_problem(
    tmp_path: Path, old: str, new: str, where: str, reason: str
) -> None:
    path = tmp_path / "seed.toml"
    path.write_text(GOOD.replace(old, new, 1))

    with pytest.raises(ConfigError) as raised:
        create_app(Settings(seed=path))

    assert raised.value.problem.where == f"{path}: {where}"
    assert reason in raised.value.problem.reason


def test_a_suspended_subscription_and_a_companys_contacts_can_be_planted(tmp_path: Path) -> None:
    path = tmp_path / "seed.toml"
    contacts = 'subdomain = "five", contacts = [{ name = "Carol", email = "carol@example.com" }]'
    suspended = 'subscription = [{ company = 5, slug = "small_plan", suspended = true }]\n[[host]]'
    path.write_text(GOOD.replace('subdomain = "five"', contacts).replace("[[host]]", suspended))

    with running(Settings(seed=path)) as sandbox:
        account = Account(sandbox, "secret-token")
        assert account.post("conference/create", **meeting())[1]["message"].startswith("The host has no active plan")
        assert account.accepted("host/fetch", host_id=9)["plan_slug"] == "small_plan"
