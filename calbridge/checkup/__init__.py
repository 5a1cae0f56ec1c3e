"""`calbridge doctor`: what is well, what is not, and what to do about it.

- findings.py is what comes out; examine.py runs every part at once, each with a deadline.
- secrecy.py files and secrets, servers.py certificates and clocks, memory.py the database and its lock.
- account.py the platform's token and company, calendars.py what each calendar's server can do.
- hosts.py each host on both sides, features.py her plan.
- probing.py, with the package probe, tries the platform itself; nothing else here makes anything.
"""

from calbridge.checkup.examine import examine
from calbridge.checkup.findings import Area, CalendarSeen, Checkup, Finding, Level, failed
from calbridge.checkup.probing import probe_host

__all__ = ["Area", "CalendarSeen", "Checkup", "Finding", "Level", "examine", "failed", "probe_host"]
