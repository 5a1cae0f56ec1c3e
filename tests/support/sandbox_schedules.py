"""Any pattern that the platform's schedules can have."""

from hypothesis import strategies as st

from calbridge.sandbox.schedule import Daily, MonthlyByDay, MonthlyByMonthDay, Pattern, Weekly

PATTERNS: st.SearchStrategy[Pattern] = st.one_of(
    st.just(Daily()),
    st.builds(lambda days: Weekly(tuple(sorted(days))), st.sets(st.integers(0, 6), min_size=1)),
    st.builds(MonthlyByDay, st.sampled_from([-5, -2, -1, 1, 3, 5]), st.integers(0, 6)),
    st.builds(MonthlyByMonthDay, st.integers(-31, 31).filter(bool)),
)
