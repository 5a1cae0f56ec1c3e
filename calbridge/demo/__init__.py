"""`calbridge demo`: the main job on a CalDAV server and a platform that it brings along."""

from calbridge.demo.story import run

__all__ = ["run"]
