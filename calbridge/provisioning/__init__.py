"""Host files made from the platform's hosts, and both compared with each other and with the calendars.

- host_file.py: one file: the template, the stamp that tells whether somebody edited it.
- importing.py: hosts and files -> what to write and to remove; planning.py gathers both for it, writing.py does it.
- checking.py: files, platform and calendars -> what does not fit.
"""
