"""calbridge keeps CalDAV calendars and a conferencing platform in step."""

__version__ = "0.1.0"
