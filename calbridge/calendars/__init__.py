"""CalDAV: the one place that speaks it. `DavAccount` is `ports.Calendars`."""

from calbridge.calendars.account import DavAccount

__all__ = ["DavAccount"]
