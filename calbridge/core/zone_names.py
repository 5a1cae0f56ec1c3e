"""Names of time zones that are neither IANA's nor in CLDR's table of Windows zones.

Outlook writes the text of its zone list as TZID: "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna". Most
of these name a city that IANA names too, and need no entry here.
"""

from typing import Final

DISPLAY_NAMES: Final = {
    "abu dhabi": "Asia/Dubai",
    "alaska": "America/Anchorage",
    "aleutian islands": "America/Adak",
    "astana": "Asia/Almaty",
    "atlantic time": "America/Halifax",
    "baja california": "America/Tijuana",
    "beijing": "Asia/Shanghai",
    "bougainville island": "Pacific/Bougainville",
    "brasilia": "America/Sao_Paulo",
    "cabo verde is.": "Atlantic/Cape_Verde",
    "cape verde is.": "Atlantic/Cape_Verde",
    "caucasus standard time": "Asia/Yerevan",
    "central america": "America/Guatemala",
    "central time": "America/Chicago",
    "chatham islands": "Pacific/Chatham",
    "chennai": "Asia/Kolkata",
    "chetumal": "America/Cancun",
    "chokurdakh": "Asia/Srednekolymsk",
    "city of buenos aires": "America/Argentina/Buenos_Aires",
    "coordinated universal time": "UTC",
    "cuiaba": "America/Cuiaba",
    "e. europe": "Europe/Chisinau",
    "easter island": "Pacific/Easter",
    "eastern time": "America/New_York",
    "ekaterinburg": "Asia/Yekaterinburg",
    "georgetown": "America/La_Paz",
    "greenland": "America/Nuuk",
    "greenwich mean time": "Europe/London",
    "guadalajara": "America/Mexico_City",
    "haiti": "America/Port-au-Prince",
    "hanoi": "Asia/Bangkok",
    "hawaii": "Pacific/Honolulu",
    "indiana": "America/Indiana/Indianapolis",
    "international date line west": "Etc/GMT+12",
    "islamabad": "Asia/Karachi",
    "kiritimati island": "Pacific/Kiritimati",
    "kyiv": "Europe/Kyiv",
    "lord howe island": "Australia/Lord_Howe",
    "marquesas islands": "Pacific/Marquesas",
    "mid-atlantic": "Etc/GMT+2",
    "midway island": "Pacific/Midway",
    "mountain time": "America/Denver",
    "mumbai": "Asia/Kolkata",
    "newfoundland": "America/St_Johns",
    "norfolk island": "Pacific/Norfolk",
    "nuku'alofa": "Pacific/Tongatapu",
    "nur-sultan": "Asia/Almaty",
    "osaka": "Asia/Tokyo",
    "pacific time": "America/Los_Angeles",
    "petropavlovsk-kamchatsky": "Asia/Kamchatka",
    "port louis": "Indian/Mauritius",
    "rangoon": "Asia/Yangon",
    "saint pierre and miquelon": "America/Miquelon",
    "salvador": "America/Bahia",
    "samoa": "Pacific/Apia",
    "solomon is.": "Pacific/Guadalcanal",
    "sri jayawardenepura": "Asia/Colombo",
    "st. petersburg": "Europe/Moscow",
    "turks and caicos": "America/Grand_Turk",
    "ulaanbaatar": "Asia/Ulaanbaatar",
    "universal time": "UTC",
    "west central africa": "Africa/Lagos",
    "yangon": "Asia/Yangon",
    "москва": "Europe/Moscow",
    "中国标准时间": "Asia/Shanghai",
    "北京": "Asia/Shanghai",
    "台北": "Asia/Taipei",
    "大阪": "Asia/Tokyo",
    "東京": "Asia/Tokyo",
    "서울": "Asia/Seoul",
}
"""Lower case, without accents and without what stands in brackets -> IANA name."""

_LOCAL: Final = """
Europe/Berlin: central european time, central european summer time, mitteleuropaische zeit, mitteleuropaische normalzeit
Europe/Berlin: mitteleuropaische sommerzeit, westeuropaische normalzeit
Europe/Paris: romance, heure d'europe centrale, heure normale d'europe centrale, heure d'ete d'europe centrale
Europe/Madrid: hora de europa central, hora estandar de europa central, hora de verano de europa central
Europe/Madrid: hora estandar romance
Europe/Rome: ora dell'europa centrale, ora standard dell'europa centrale, ora legale dell'europa centrale
Europe/Rome: ora solare europa occidentale, ora legale europa occidentale
Europe/Amsterdam: midden-europese tijd, midden-europese standaardtijd, midden-europese zomertijd, west-europa
Europe/Warsaw: czas srodkowoeuropejski, czas srodkowoeuropejski standardowy, czas srodkowoeuropejski letni
Europe/Warsaw: srodkowoeuropejski czas stand., srodkowoeuropejski czas standardowy
Europe/Stockholm: centraleuropeisk tid, centraleuropeisk normaltid, centraleuropeisk sommartid, vasteuropa
Europe/Copenhagen: centraleuropæisk tid, centraleuropæisk normaltid, centraleuropæisk sommertid
Europe/Oslo: sentraleuropeisk tid, sentraleuropeisk normaltid, sentraleuropeisk sommertid, vest-europa
Europe/Prague: stredoevropsky cas, stredoevropsky standardni cas, stredoevropsky letni cas, stredni evropa
Europe/Budapest: kozep-europai ido, kozep-europai teli ido, kozep-europai nyari ido
Europe/Helsinki: ita-euroopan aika, ita-euroopan normaaliaika, ita-euroopan kesaaika, fle
Europe/Bucharest: eastern european time, eastern european summer time, osteuropaische zeit, osteuropaische normalzeit
Europe/Lisbon: western european time, western european summer time, hora da europa ocidental, westeuropaische zeit
"""
LOCAL_NAMES: Final = {
    name.strip(): key
    for key, _, names in (line.partition(":") for line in _LOCAL.splitlines() if line)
    for name in names.split(",")
}
"""What programs in other languages than English call a zone, written as in `DISPLAY_NAMES` -> IANA name."""

OLD_WINDOWS: Final = {
    "armenian standard time": "Asia/Yerevan",
    "kamchatka standard time": "Asia/Kamchatka",
    "mexico standard time": "America/Mexico_City",
    "mexico standard time 2": "America/Chihuahua",
    "mid-atlantic standard time": "Etc/GMT+2",
}
"""Windows' names that CLDR no longer lists."""

PART_HOURS: Final = {
    -570: "Pacific/Marquesas",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
}
"""Minutes east of Greenwich -> the zone that has kept this offset all year for decades."""

_KNOWN: Final = """
Europe/Berlin Europe/London America/New_York America/Chicago America/Denver America/Los_Angeles Europe/Helsinki
America/Phoenix America/Halifax America/Anchorage America/St_Johns America/Sao_Paulo America/Mexico_City
America/Argentina/Buenos_Aires America/Santiago America/Asuncion America/Havana America/Nuuk America/Miquelon
America/Caracas America/Adak America/Regina America/Bogota America/Tijuana Atlantic/Azores Atlantic/Canary
Europe/Moscow Europe/Istanbul Europe/Chisinau Europe/Lisbon Europe/Athens Europe/Kyiv Europe/Dublin
Africa/Johannesburg Africa/Cairo Africa/Casablanca Africa/Lagos Africa/Nairobi Africa/Windhoek
Asia/Jerusalem Asia/Beirut Asia/Amman Asia/Damascus Asia/Gaza Asia/Tehran Asia/Dubai Asia/Kabul Asia/Karachi
Asia/Kolkata Asia/Kathmandu Asia/Dhaka Asia/Yangon Asia/Bangkok Asia/Shanghai Asia/Singapore Asia/Tokyo
Asia/Seoul Asia/Pyongyang Asia/Yekaterinburg Asia/Vladivostok Asia/Baku Asia/Yerevan Australia/Sydney
Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Perth Australia/Eucla Australia/Lord_Howe
Pacific/Auckland Pacific/Chatham Pacific/Fiji Pacific/Apia Pacific/Tongatapu Pacific/Norfolk Pacific/Easter
Pacific/Marquesas Pacific/Honolulu
"""
WELL_KNOWN: Final = tuple(_KNOWN.split())
"""Where several zones have the same offsets, the first of these is the one that most people mean."""
