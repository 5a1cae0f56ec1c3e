"""CalDAV: the one place that speaks it. `DavAccount` is `ports.Calendars`; `Abilities` are for `calbridge doctor`."""

from calbridge.calendars.abilities import Abilities
from calbridge.calendars.account import DavAccount
from calbridge.calendars.connections import Connections

__all__ = ["Abilities", "Connections", "DavAccount"]
