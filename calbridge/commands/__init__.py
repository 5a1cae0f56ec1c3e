"""Commands with options enough for a module of their own, and what all commands share."""
