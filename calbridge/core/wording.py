"""What the block says, in the languages that a host may read."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """The built-in block's words in one language. A label never holds a colon: the block adds it."""

    title: str
    join: str
    dial_in: str
    pin: str

    @property
    def labels(self) -> tuple[str, str, str]:
        """What a line of the block can start with, before its colon."""
        return (self.join, self.dial_in, self.pin)


WORDINGS: Final[dict[str, Wording]] = {
    "en": Wording("Video conference", "Join", "Dial in", "PIN"),
    "cs": Wording("Videokonference", "Připojit se", "Telefonicky", "PIN"),
    "da": Wording("Videokonference", "Deltag", "Ring ind", "PIN-kode"),
    "de": Wording("Videokonferenz", "Teilnehmen", "Telefonische Einwahl", "PIN"),
    "es": Wording("Videoconferencia", "Unirse", "Por teléfono", "PIN"),
    "fi": Wording("Videokokous", "Liity", "Puhelimitse", "PIN-koodi"),
    "fr": Wording("Visioconférence", "Participer", "Par téléphone", "Code PIN"),
    "it": Wording("Videoconferenza", "Partecipa", "Per telefono", "PIN"),
    "nb": Wording("Videokonferanse", "Delta", "Ring inn", "PIN-kode"),
    "nl": Wording("Videovergadering", "Deelnemen", "Telefonisch inbellen", "Pincode"),
    "pl": Wording("Wideokonferencja", "Dołącz", "Telefonicznie", "PIN"),
    "pt": Wording("Videoconferência", "Participar", "Por telefone", "PIN"),
    "sv": Wording("Videokonferens", "Delta", "Ring in", "PIN-kod"),
}
"""By primary language subtag (RFC 5646)."""

_SAME: Final = {"no": "nb", "nn": "nb"}


def wording(language: str) -> Wording:
    """Choose by a language tag or a locale, in any case (`de`, `de-AT`, `pt_BR.UTF-8`); English where it is unknown."""
    primary = language.strip().lower().replace("_", "-").split("-")[0].split(".")[0]
    return WORDINGS.get(_SAME.get(primary, primary), WORDINGS["en"])
