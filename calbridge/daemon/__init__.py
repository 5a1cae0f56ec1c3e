"""The daemon: every host visited in her turn, for as long as it runs.

- serving.py begins, goes on and ends; service.py holds what lives as long. rounds.py is one host's turn, ledger.py
  what is kept of it.
- pace.py decides when (pure); rota.py keeps the appointments; budgets.py lets nobody wait for somebody else's server,
  and fuse.py leaves a platform alone that does not answer.
- files.py sees that one changed, reload.py says what that means; notify.py talks to systemd, page.py to browsers.
"""

from calbridge.daemon.serving import serve

__all__ = ["serve"]
