"""Actions become effects, effects become outcomes. The error boundary of one action."""

from calbridge.apply.host_pass import Pass
from calbridge.apply.outcome import Done, Failed, Held, Outcome
from calbridge.apply.run import apply

__all__ = ["Done", "Failed", "Held", "Outcome", "Pass", "apply"]
