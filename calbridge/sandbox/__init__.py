"""The conferencing platform as a server on this machine: behaviour, not canned answers.

A resource is one file, named like its declarations in `calbridge.enterprise` (`companies.py` answers `company.py`);
what it does with rows that others need too goes into a file of its own (`plans.py` below `subscriptions.py`). It has,
as needed:

- `SCHEMA`: its tables. Times are seconds of UTC since 1970. A database with other tables than these is refused, so
  nothing is migrated; `--data` then needs a new file.
- answers: `def fetch(call: Call, request: declared.FetchRequest) -> Json`. The role and the session have been checked,
  the request has been read by its declaration; whether the object is the caller's is the answer's to check
  (`people.host_within`, `company_within`, `own_or_named`). It gives the JSON as the platform shapes it, with every
  documented field; status and method come from the declaration. To say no it raises a `Refusal`, which also undoes
  what it wrote. The time is `call.now`.
- `ROUTES`: declaration and answer of each endpoint; `detail` for the other answer to `output` = "detail", `conflicts`
  where it may refuse with 409.
- `WORKS`: what is done a moment after a 202, by name; an answer asks for it with `later.postpone`.
- `serve(app, sandbox)`: pages and other URLs outside /enterprise_api/; each works inside `sandbox.transaction()`.

`resources.py` puts them together. Who and what a new sandbox begins with is in `seed_tables.py`, planted by `seed.py`.
Files go into `State.folder`. What a host may do is in `Host.features` and `Host.held`.
"""

from calbridge.sandbox.app import create_app
from calbridge.sandbox.journal import LoggedRequest
from calbridge.sandbox.server import DEFAULT_PORT, RunningSandbox, run, running
from calbridge.sandbox.settings import Settings

__all__ = ["DEFAULT_PORT", "LoggedRequest", "RunningSandbox", "Settings", "create_app", "run", "running"]
