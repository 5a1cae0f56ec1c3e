"""The conferencing platform as a server on this machine: behaviour, not canned answers."""

from calbridge.sandbox.app import create_app
from calbridge.sandbox.journal import LoggedRequest
from calbridge.sandbox.server import DEFAULT_PORT, RunningSandbox, run, running
from calbridge.sandbox.settings import Settings

__all__ = ["DEFAULT_PORT", "LoggedRequest", "RunningSandbox", "Settings", "create_app", "run", "running"]
