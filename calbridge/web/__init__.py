"""The status page, health and metrics, for a browser and for machines: reads only, and changes nothing."""

from calbridge.web.server import build
from calbridge.web.sources import Sources

__all__ = ["Sources", "build"]
