"""Why an event has no room, for the people who read it: in a host's language, where we have it."""

from typing import Final, TypeAlias

Words: TypeAlias = tuple[str, str]
"""A reason, and what to do about it."""

_REPEATS: Final = ("rrule.", "rdate.", "exrule.", "schedule.")  # rules about how often an event repeats

_ALL_DAY: Final[dict[str, Words]] = {
    "en": ("an all-day event has no time at which it could begin", "give the event a start time"),
    "cs": ("celodenní událost nemá čas začátku", "zadejte události čas začátku"),
    "da": ("en heldagsbegivenhed har intet starttidspunkt", "giv begivenheden et starttidspunkt"),
    "de": ("ein ganztägiger Termin hat keine Uhrzeit, zu der sie beginnen könnte", "dem Termin eine Uhrzeit geben"),
    "es": ("un evento de todo el día no tiene hora de inicio", "póngale una hora de inicio"),
    "fi": ("koko päivän tapahtumalla ei ole alkamisaikaa", "anna tapahtumalle alkamisaika"),
    "fr": ("un événement d'une journée entière n'a pas d'heure de début", "donnez-lui une heure de début"),
    "it": ("un evento di un giorno intero non ha un orario d'inizio", "dategli un orario d'inizio"),
    "nb": ("en heldagshendelse har ikke noe starttidspunkt", "gi hendelsen et starttidspunkt"),
    "nl": ("een afspraak voor de hele dag heeft geen begintijd", "geef de afspraak een begintijd"),
    "pl": ("wydarzenie całodniowe nie ma godziny rozpoczęcia", "podaj godzinę rozpoczęcia"),
    "pt": ("um evento de dia inteiro não tem hora de início", "dê-lhe uma hora de início"),
    "sv": ("en heldagshändelse har ingen starttid", "ge händelsen en starttid"),
}
_PRIVATE: Final[dict[str, Words]] = {
    "en": ("private events get none here", "make the event public"),
    "cs": ("soukromé události ji zde nedostávají", "změňte událost na veřejnou"),
    "da": ("private begivenheder får ingen her", "gør begivenheden offentlig"),
    "de": ("private Termine bekommen hier keine", "den Termin öffentlich machen"),
    "es": ("los eventos privados no la reciben aquí", "haga público el evento"),
    "fi": ("yksityiset tapahtumat eivät saa sitä täällä", "tee tapahtumasta julkinen"),
    "fr": ("les événements privés n'en reçoivent pas ici", "rendez l'événement public"),
    "it": ("qui gli eventi privati non ne ricevono", "rendete pubblico l'evento"),
    "nb": ("private hendelser får ingen her", "gjør hendelsen offentlig"),
    "nl": ("privéafspraken krijgen er hier geen", "maak de afspraak openbaar"),
    "pl": ("prywatne wydarzenia jej tutaj nie otrzymują", "zmień wydarzenie na publiczne"),
    "pt": ("os eventos privados não a recebem aqui", "torne o evento público"),
    "sv": ("privata händelser får ingen här", "gör händelsen offentlig"),
}
_FREE: Final[dict[str, Words]] = {
    "en": ("events shown as free get none here", "show the event as busy"),
    "cs": ("události zobrazené jako volno ji zde nedostávají", "zobrazte událost jako zaneprázdněn"),
    "da": ("begivenheder vist som ledig får ingen her", "vis begivenheden som optaget"),
    "de": ("als frei angezeigte Termine bekommen hier keine", "den Termin als beschäftigt anzeigen"),
    "es": ("los eventos marcados como libre no la reciben aquí", "marque el evento como ocupado"),
    "fi": ("vapaaksi merkityt tapahtumat eivät saa sitä täällä", "merkitse tapahtuma varatuksi"),
    "fr": ("les événements affichés comme libres n'en reçoivent pas ici", "affichez l'événement comme occupé"),
    "it": ("qui gli eventi mostrati come liberi non ne ricevono", "mostrate l'evento come occupato"),
    "nb": ("hendelser vist som ledig får ingen her", "vis hendelsen som opptatt"),
    "nl": ("afspraken die als vrij staan krijgen er hier geen", "toon de afspraak als bezet"),
    "pl": ("wydarzenia oznaczone jako wolne jej tutaj nie otrzymują", "oznacz wydarzenie jako zajęte"),
    "pt": ("os eventos mostrados como livres não a recebem aqui", "mostre o evento como ocupado"),
    "sv": ("händelser som visas som ledig får ingen här", "visa händelsen som upptagen"),
}
_OTHER_LINK: Final[dict[str, Words]] = {
    "en": ("the event already links to another product's meeting", "take the other link out"),
    "cs": ("událost už obsahuje odkaz na schůzku jiné služby", "odstraňte druhý odkaz"),
    "da": ("begivenheden har allerede et link til en anden tjeneste", "fjern det andet link"),
    "de": ("der Termin enthält schon den Link eines anderen Anbieters", "den anderen Link entfernen"),
    "es": ("el evento ya enlaza a una reunión de otro producto", "quite el otro enlace"),
    "fi": ("tapahtumassa on jo toisen palvelun kokouslinkki", "poista toinen linkki"),
    "fr": ("l'événement contient déjà le lien d'un autre produit", "retirez l'autre lien"),
    "it": ("l'evento contiene già il link di un altro prodotto", "togliete l'altro link"),
    "nb": ("hendelsen har allerede en lenke til en annen tjeneste", "fjern den andre lenken"),
    "nl": ("de afspraak heeft al een link van een ander product", "haal de andere link weg"),
    "pl": ("wydarzenie zawiera już link innego produktu", "usuń drugi link"),
    "pt": ("o evento já tem o link de outro produto", "retire o outro link"),
    "sv": ("händelsen har redan en länk till en annan tjänst", "ta bort den andra länken"),
}
_FAR: Final[dict[str, Words]] = {
    "en": ("the meeting is still too far ahead", "nothing: it gets one when it comes closer"),
    "cs": ("schůzka je ještě příliš daleko", "nic: dostane ji, až se přiblíží"),
    "da": ("mødet er endnu for langt ude i fremtiden", "intet: den kommer, når mødet er nærmere"),
    "de": ("der Termin liegt noch zu weit in der Zukunft", "nichts zu tun: sie kommt, wenn er näher rückt"),
    "es": ("la reunión está todavía demasiado lejos", "nada: la tendrá cuando se acerque"),
    "fi": ("kokous on vielä liian kaukana", "ei mitään: se tulee, kun kokous lähestyy"),
    "fr": ("la réunion est encore trop lointaine", "rien : elle viendra quand la réunion approchera"),
    "it": ("la riunione è ancora troppo lontana", "niente: arriverà quando la riunione si avvicina"),
    "nb": ("møtet er ennå for langt frem i tid", "ingenting: den kommer når møtet er nærmere"),
    "nl": ("de vergadering is nog te ver weg", "niets: ze komt als de vergadering dichterbij is"),
    "pl": ("spotkanie jest jeszcze zbyt odległe", "nic: pojawi się, gdy spotkanie będzie bliżej"),
    "pt": ("a reunião ainda está demasiado longe", "nada: terá uma quando estiver mais próxima"),
    "sv": ("mötet ligger ännu för långt fram", "ingenting: den kommer när mötet är närmare"),
}
_REPEATED: Final[dict[str, Words]] = {
    "cs": ("platforma nezná takové opakování", "zvolte jednodušší opakování"),
    "da": ("platformen kender ikke denne gentagelse", "vælg en enklere gentagelse"),
    "de": ("die Plattform kennt diese Wiederholung nicht", "eine einfachere Wiederholung wählen"),
    "es": ("la plataforma no conoce esta repetición", "elija una repetición más sencilla"),
    "fi": ("alusta ei tunne tällaista toistoa", "valitse yksinkertaisempi toisto"),
    "fr": ("la plateforme ne connaît pas cette répétition", "choisissez une répétition plus simple"),
    "it": ("la piattaforma non conosce questa ripetizione", "scegliete una ripetizione più semplice"),
    "nb": ("plattformen kjenner ikke denne gjentakelsen", "velg en enklere gjentakelse"),
    "nl": ("het platform kent deze herhaling niet", "kies een eenvoudigere herhaling"),
    "pl": ("platforma nie zna takiego powtarzania", "wybierz prostsze powtarzanie"),
    "pt": ("a plataforma não conhece esta repetição", "escolha uma repetição mais simples"),
    "sv": ("plattformen känner inte till denna upprepning", "välj en enklare upprepning"),
}
_BY_RULE: Final = {
    "event.all-day": _ALL_DAY,
    "event.private": _PRIVATE,
    "event.transparent": _FREE,
    "event.other-link": _OTHER_LINK,
    "meeting.far": _FAR,
}


def words_for(rule: str, language: str) -> Words | None:
    """Say it in a language (a primary subtag); None where a problem's own, English words must do."""
    known = _REPEATED if rule.startswith(_REPEATS) else _BY_RULE.get(rule, {})
    return known.get(language)
