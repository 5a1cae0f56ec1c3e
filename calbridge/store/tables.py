"""The tables. A table that keeps a record has the record's fields as its columns, in the same order.

Changing one needs a migration (`migrations/versions`) and `migrate.HEAD`; the tests compare both.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

from calbridge.store.types import (
    EventText,
    Instant,
    Names,
    Packed,
    ProblemText,
    ProblemTexts,
    ProfileText,
    RoomlessTexts,
    Seconds,
    WallClock,
)

metadata = MetaData()

calendars = Table(
    "calendars",
    metadata,
    Column("url", Text, primary_key=True),
    Column("host_id", Integer, nullable=False),
    Column("first_polled", Instant),
    Column("selected", Text, nullable=False),
    Column("emptied", Boolean, nullable=False),
    Column("token", Text),
    Column("ctag", Text),
)

objects = Table(
    "objects",
    metadata,
    Column("calendar", Text, ForeignKey("calendars.url", ondelete="CASCADE"), primary_key=True),
    Column("href", Text, primary_key=True),
    Column("etag", Text),
    Column("uid", EventText, nullable=False),
    Column("existing", Boolean, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("body", Packed),
    Index("objects_by_uid", "uid"),
)

write_states = Table(
    "write_states",
    metadata,
    Column("calendar", Text, primary_key=True),
    Column("href", Text, primary_key=True),
    Column("dropped", Names, nullable=False),
    Column("refused_etag", Text),
    Column("problem", ProblemText),
)

mappings = Table(
    "mappings",
    metadata,
    Column("host_id", Integer, primary_key=True),
    Column("uid", EventText, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("gen", Integer, primary_key=True),
    Column("conference_id", Integer, nullable=False),
    Column("room_url", Text, nullable=False),
    Column("one_time", Boolean, nullable=False),
    Column("recurring", Boolean, nullable=False),
    Column("sent", Text, nullable=False),
    Column("timing", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("anchor", WallClock, nullable=False),
    Column("until", WallClock),
    Column("calendar", Text, nullable=False),
    Column("href", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", Boolean, nullable=False),
    Column("subject", EventText, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("schedule", Text),
    Column("tier", Integer, nullable=False),
    Column("recurrence_text", EventText),
    Column("security_pin", Text),
    Column("dial_in", Text),
    Column("secure_url", Boolean),
    Column("host_initiated_recording", Boolean),
    Index("mappings_by_uid", "uid"),
)

exceptional = Table(
    "exceptional",
    metadata,
    Column("host_id", Integer, primary_key=True),
    Column("uid", EventText, primary_key=True),
    Column("gen", Integer, primary_key=True),
    Column("instance", Text, primary_key=True),
    Column("conference_id", Integer),
    Column("state", Text, nullable=False),
    Column("sent", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("part", Text, primary_key=True),
)

intents = Table(
    "intents",
    metadata,
    Column("marker", Text, primary_key=True),
    Column("host_id", Integer, nullable=False),
    Column("uid", EventText, nullable=False),
    Column("part", Text, nullable=False),
    Column("gen", Integer, nullable=False),
    Column("posted", Instant, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("calendar", Text, nullable=False, server_default=""),
    Column("href", Text, nullable=False, server_default=""),
    Index("intents_by_meeting", "host_id", "uid"),
)

refusals = Table(
    "refusals",
    metadata,
    Column("host_id", Integer, primary_key=True),
    Column("uid", EventText, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("sent", Text, nullable=False),
    Column("problem", ProblemText, nullable=False),
)

absences = Table(
    "absences",
    metadata,
    Column("host_id", Integer, primary_key=True),
    Column("uid", EventText, primary_key=True),
    Column("why", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("passes", Integer, nullable=False),
)

strays = Table(
    "strays",
    metadata,
    Column("conference_id", Integer, primary_key=True, autoincrement=False),
    Column("host_id", Integer, nullable=False),
    Column("marker", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("audits", Integer, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host_id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("last_good", Instant),
    Column("last_listing", Instant),
    Column("profile", ProfileText),
)

standings = Table(
    "standings",
    metadata,
    Column("host", Text, primary_key=True),
    Column("host_id", Integer),
    Column("tried", Instant, nullable=False),
    Column("good", Instant),
    Column("failures", Integer, nullable=False),
    Column("next_run", Instant),
    Column("interval", Seconds, nullable=False),
    Column("lag", Seconds, nullable=False),
    Column("meetings", Integer, nullable=False),
    Column("problems", ProblemTexts, nullable=False),
    Column("skipped", RoomlessTexts, nullable=False),
    Column("more", Integer, nullable=False),
    Column("waiting", RoomlessTexts, nullable=False),
    Column("withheld", Integer, nullable=False),
    Column("next_audit", Instant),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("host_id", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("uid", EventText, nullable=False),
    Column("part", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("conference_id", Integer),
    Column("detail", EventText, nullable=False),
    Index("history_by_action", "action", "at"),
    Index("history_by_uid", "uid"),
    Index("history_by_time", "at"),
)
