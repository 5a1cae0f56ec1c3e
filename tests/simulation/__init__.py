"""Seeded histories of the real `sync`, `apply` and `store` code among faults: the protocol of design.md, section 5.

Real: everything of calbridge from `app.sync_hosts` down to one HTTP exchange with either side, and SQLite. Simulated:
the two servers behind these exchanges (`calendars`, `platform`), the disk below SQLite (`disk`), the process and its
death (`process`), people (`users`) and time. `faults` names all that can go wrong and what is taken for granted;
`invariants` says what must hold all the same; `ablations` takes the protocol's rules away one by one.

    PYTHONPATH=tests python -m simulation --seeds 1000
    PYTHONPATH=tests python -m simulation --replay 4711
"""
