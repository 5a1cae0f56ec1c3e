from support.sandbox_account import Account, MovableClock

from calbridge.sandbox import Settings, running


def test_a_listing_comes_in_pages_of_ten_and_no_id_comes_twice() -> None:
    with running(Settings(clock=MovableClock())) as sandbox:
        account = Account(sandbox)
        account.create(schedule="FREQ=DAILY;COUNT=20")
        made = [account.create(start="2026-01-07 09:00:00")["conference_id"] for _ in range(3)]

        pages = account.pages()

    listed = [one["conference_id"] for page in pages for one in page]
    assert [len(page) for page in pages] == [10, 10, 3]
    assert len(set(listed)) == 23
    assert set(made) < set(listed)


def test_ten_rows_are_one_page() -> None:
    with running(Settings(clock=MovableClock())) as sandbox:
        account = Account(sandbox)
        account.create(schedule="FREQ=DAILY;COUNT=10")

        assert [len(page) for page in account.pages()] == [10]


def test_a_cursor_that_was_never_given_is_refused() -> None:
    with running(Settings(clock=MovableClock())) as sandbox:
        status, content = Account(sandbox).post("conference/fetch_all", host_id=9, page="nonsense")

    assert (status, content) == (400, {"message": "page is not the next_page of a previous response"})


def test_the_listing_may_be_one_bare_array() -> None:
    with running(Settings(clock=MovableClock(), listing="array")) as sandbox:
        account = Account(sandbox)
        account.create(schedule="FREQ=DAILY;COUNT=12")

        listing = account.accepted("conference/fetch_all", host_id=9)

    assert [one["start"][:10] for one in listing] == [f"2026-01-{day:02}" for day in range(5, 17)]


def test_only_what_has_not_ended_and_is_within_18_months_is_listed() -> None:
    clock = MovableClock()
    with running(Settings(clock=clock)) as sandbox:
        account = Account(sandbox)
        for start in ("2025-12-31 23:00:00", "2025-12-31 23:30:00", "2027-07-01 00:00:00", "2027-07-01 00:01:00"):
            account.create(start=start, time_zone="UTC")

        listed = [one["start"] for one in account.listing()]
        clock.advance(minutes=1)
        later = [one["start"] for one in account.listing()]

    assert listed == ["2025-12-31 23:30:00", "2027-07-01 00:00:00"]
    assert later == ["2025-12-31 23:30:00", "2027-07-01 00:00:00", "2027-07-01 00:01:00"]


def test_an_endless_daily_series_fills_18_months_and_no_more() -> None:
    with running(Settings(clock=MovableClock())) as sandbox:
        account = Account(sandbox)
        account.create(schedule="FREQ=DAILY", start="2026-01-01 09:00:00", time_zone="UTC")

        pages = account.pages()

    assert len(pages) == 55
    assert pages[-1][-1]["start"] == "2027-06-30 09:00:00"


def test_each_host_has_a_listing_of_her_own() -> None:
    with running(Settings(clock=MovableClock())) as sandbox:
        account = Account(sandbox)
        account.create(host_id=10)

        assert (len(account.listing(9)), len(account.listing(10))) == (0, 1)
