"""The write-back: an event with our things in it, or without them (design, section 7)."""

from calbridge.core.block import strip_block

__all__ = ["strip_block"]
