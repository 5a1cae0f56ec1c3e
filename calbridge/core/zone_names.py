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
    "brasilia": "America/Sao_Paulo",
    "cabo verde is.": "Atlantic/Cape_Verde",
    "cape verde is.": "Atlantic/Cape_Verde",
    "caucasus standard time": "Asia/Yerevan",
    "central america": "America/Guatemala",
    "central time": "America/Chicago",
    "chatham islands": "Pacific/Chatham",
    "chennai": "Asia/Kolkata",
    "chetumal": "America/Cancun",
    "city of buenos aires": "America/Argentina/Buenos_Aires",
    "coordinated universal time": "UTC",
    "cuiaba": "America/Cuiaba",
    "easter island": "Pacific/Easter",
    "eastern time": "America/New_York",
    "ekaterinburg": "Asia/Yekaterinburg",
    "georgetown": "America/La_Paz",
    "greenland": "America/Nuuk",
    "greenwich mean time": "Europe/London",
    "guadalajara": "America/Mexico_City",
    "hanoi": "Asia/Bangkok",
    "hawaii": "Pacific/Honolulu",
    "indiana": "America/Indiana/Indianapolis",
    "islamabad": "Asia/Karachi",
    "kiritimati island": "Pacific/Kiritimati",
    "kyiv": "Europe/Kyiv",
    "marquesas islands": "Pacific/Marquesas",
    "mountain time": "America/Denver",
    "mumbai": "Asia/Kolkata",
    "newfoundland": "America/St_Johns",
    "norfolk island": "Pacific/Norfolk",
    "nuku'alofa": "Pacific/Tongatapu",
    "osaka": "Asia/Tokyo",
    "pacific time": "America/Los_Angeles",
    "petropavlovsk-kamchatsky": "Asia/Kamchatka",
    "port louis": "Indian/Mauritius",
    "rangoon": "Asia/Yangon",
    "saint pierre and miquelon": "America/Miquelon",
    "salvador": "America/Bahia",
    "solomon is.": "Pacific/Guadalcanal",
    "sri jayawardenepura": "Asia/Colombo",
    "st. petersburg": "Europe/Moscow",
    "ulaanbaatar": "Asia/Ulaanbaatar",
    "west central africa": "Africa/Lagos",
    "yangon": "Asia/Yangon",
}
"""Lower case, without accents and without what stands in brackets -> IANA name."""

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
