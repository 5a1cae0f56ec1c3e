"""The platform's ways to say no: an HTTP status and the `message` of the answer's body."""


class Refusal(Exception):
    """The root; one of the subclasses says which status it is."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(Refusal):
    """A field's value is refused. The document does not state the status: it is a setting of the sandbox."""


class Unauthenticated(Refusal):
    """401: no session, or no longer one."""


class Forbidden(Refusal):
    """403: beyond the role, or beyond its company or reseller."""


class Missing(Refusal):
    """404: the object does not exist, or no longer does."""


class Conflict(Refusal):
    """409: it has been done already."""
