"""What the block says: in the languages that a host may read, or by the administrator's template."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from calbridge.core.link import Link, NoRoom
from calbridge.core.problem import Misfit, printable
from calbridge.core.reasons import words_for


@dataclass(frozen=True, slots=True)
class Wording:
    """The built-in block's words in one language. A label never holds a colon: the block adds it."""

    title: str
    join: str
    dial_in: str
    pin: str
    no_room: str
    to_do: str

    @property
    def labels(self) -> tuple[str, ...]:
        """What a line of the block can start with, before its colon."""
        return (self.join, self.dial_in, self.pin, self.no_room, self.to_do)


WORDINGS: Final[dict[str, Wording]] = {
    "en": Wording("Video conference", "Join", "Dial in", "PIN", "No video conference", "To get one"),
    "cs": Wording("Videokonference", "Připojit se", "Telefonicky", "PIN", "Bez videokonference", "Jak ji získat"),
    "da": Wording("Videokonference", "Deltag", "Ring ind", "PIN-kode", "Ingen videokonference", "For at få en"),
    "de": Wording("Videokonferenz", "Teilnehmen", "Telefonische Einwahl", "PIN", "Keine Videokonferenz", "Was hilft"),
    "es": Wording("Videoconferencia", "Unirse", "Por teléfono", "PIN", "Sin videoconferencia", "Para tenerla"),
    "fi": Wording("Videokokous", "Liity", "Puhelimitse", "PIN-koodi", "Ei videokokousta", "Mitä tehdä"),
    "fr": Wording(
        "Visioconférence", "Participer", "Par téléphone", "Code PIN", "Pas de visioconférence", "Pour en avoir une"
    ),
    "it": Wording("Videoconferenza", "Partecipa", "Per telefono", "PIN", "Nessuna videoconferenza", "Per averla"),
    "nb": Wording("Videokonferanse", "Delta", "Ring inn", "PIN-kode", "Ingen videokonferanse", "For å få en"),
    "nl": Wording(
        "Videovergadering", "Deelnemen", "Telefonisch inbellen", "Pincode", "Geen videovergadering", "Wat helpt"
    ),
    "pl": Wording("Wideokonferencja", "Dołącz", "Telefonicznie", "PIN", "Brak wideokonferencji", "Co zrobić"),
    "pt": Wording("Videoconferência", "Participar", "Por telefone", "PIN", "Sem videoconferência", "Para a ter"),
    "sv": Wording("Videokonferens", "Delta", "Ring in", "PIN-kod", "Ingen videokonferens", "För att få en"),
}
"""By primary language subtag (RFC 5646)."""

_SAME: Final = {"no": "nb", "nn": "nb"}


def wording(language: str) -> Wording:
    """Choose by a language tag or a locale, in any case (`de`, `de-AT`, `pt_BR.UTF-8`); English where it is unknown."""
    return WORDINGS[_primary(language)]


def _primary(language: str) -> str:
    primary = language.strip().lower().replace("_", "-").split("-")[0].split(".")[0]
    known = _SAME.get(primary, primary)
    return known if known in WORDINGS else "en"


def inner_text(link: Link, *, language: str, template: str) -> str:
    """Write what stands between the delimiters. Raises ValueError where the template fails (see `check_template`)."""
    if template:
        return _rendered(template, link)
    words = wording(language)
    lines = [words.title, f"{words.join}: {link.room_url}"]
    if link.dial_in:
        lines.append(f"{words.dial_in}: {link.dial_in}")
    if link.security_pin:
        lines.append(f"{words.pin}: {link.security_pin}")
    return "\n".join(lines)


def no_room_text(why: NoRoom, *, language: str) -> str:
    """Write two lines in the place of a link: why there is none, and what to do."""
    words = wording(language)
    reason, hint = words_for(why.rule, _primary(language)) or (why.reason, why.hint)
    return f"{words.no_room}: {printable(reason)}\n{words.to_do}: {printable(hint)}"


def check_template(text: str) -> Misfit | None:
    """Try a template (Jinja2) on a room with a PIN and a dial-in number, and on one without; say what fails."""
    url = "https://rooms.example.com/abc"
    try:
        for link in (Link("cb1-main-x-m.1", url), Link("cb1-main-x-m.1", url, "1234", "+1 555 0100")):
            if url not in _rendered(text, link):
                return Misfit("template.no-room-url", "the template leaves out the room", "use {{ room_url }} in it")
    except ValueError as error:
        hint = "use Jinja2 with room_url, security_pin, dial_in and reference; test for the optional ones with {% if %}"
        return Misfit("template.broken", str(error), hint)
    return None


def _rendered(text: str, link: Link) -> str:
    try:
        rendered = _compiled(text).render(
            room_url=link.room_url, security_pin=link.security_pin, dial_in=link.dial_in, reference=link.reference
        )
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"line {line}: " if line else ""
        raise ValueError(f"the template can't be used: {place}{error.message}") from None
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # What a template's own expressions raise; their text may quote a PIN.
        raise ValueError(f"the template can't be used: {type(error).__name__} in an expression") from None
    return rendered.strip("\n")


@lru_cache(maxsize=16)
def _compiled(text: str) -> Template:
    # The text is plain; where it goes into HTML, `richtext.py` escapes it.
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    return environment.from_string(text)
