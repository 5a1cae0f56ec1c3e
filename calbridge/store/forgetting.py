"""Everything of one host, forgotten: what is left is the history of what was done."""

from sqlalchemy import delete, select

from calbridge.store.database import Database
from calbridge.store.tables import (
    absences,
    calendars,
    exceptional,
    hosts,
    intents,
    mappings,
    refusals,
    standings,
    strays,
    write_states,
)


def forget_host(database: Database, host_id: int) -> None:
    """Forget a host's meetings, her calendars with all that was read of them, and herself: all of it or nothing."""
    hers = select(calendars.c.url).where(calendars.c.host_id == host_id)
    with database.transaction():
        database.run(delete(write_states).where(write_states.c.calendar.in_(hers)))
        for table in (mappings, exceptional, intents, refusals, absences, strays, calendars, standings, hosts):
            database.run(delete(table).where(table.c.host_id == host_id))
