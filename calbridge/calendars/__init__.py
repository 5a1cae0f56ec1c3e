"""CalDAV: the one place that speaks it. `DavAccount` is `ports.Calendars`."""

from calbridge.calendars.account import DavAccount
from calbridge.calendars.connections import Connections

__all__ = ["Connections", "DavAccount"]
