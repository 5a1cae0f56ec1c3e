"""People with calendar apps, who never wait for us: what each of them may do between any two of our calls."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulation import events
from simulation.calendars import CalendarServer
from simulation.colleagues import Colleagues
from simulation.edits import bumped, described, replaced, stop_word_toggled, titled, without_block
from simulation.events import PARIS, Told, Vevent
from simulation.world import World

_RULES = (
    "FREQ=WEEKLY;COUNT=4",
    "FREQ=DAILY;COUNT=3",
    "FREQ=WEEKLY;INTERVAL=2;COUNT=3",
    "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5",
)


@dataclass
class Users:
    """The calendar's owner, and others who edit what she sees. `rules` are those of series that they make.

    `trash` is what she may restore, `undecided` are events of which somebody wants the opposite after the next pass;
    `colleagues` go to the platform.
    """

    world: World
    calendars: CalendarServer
    colleagues: Colleagues
    rules: tuple[str, ...] = _RULES
    trash: list[tuple[str, bytes]] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    _numbers: int = 0

    def act(self) -> None:
        """Do something, to any event."""
        choice = self.world.random.choice(_ACTIONS)
        choice(self)

    def create(self) -> None:
        """A new event, most likely one that asks for a room."""
        number = self._next()
        random = self.world.random
        start = self._start()
        keyword = " @meet" if random.random() < 0.85 else ""
        uid = f"u{number}@example.com"
        lines = [
            f"UID:{uid}",
            "DTSTAMP:20260301T000000Z",
            f"SUMMARY:Plan {number}{keyword}",
            f"DTSTART;TZID=Europe/Paris:{events.stamp(start)}",
            f"DTEND;TZID=Europe/Paris:{events.stamp(start + timedelta(minutes=random.choice((30, 60, 90))))}",
            "SEQUENCE:0",
            "X-APP-NOTE;X-P=1:kept as it is, and folded where its app folds such long lines",
        ]
        if self.rules and random.random() < 0.4:
            lines.append(f"RRULE:{random.choice(self.rules)}")
        if random.random() < 0.5:
            lines.append(f"DESCRIPTION:note {number}\\nmore\\, of it")
        if random.random() < 0.3:
            lines.append("LOCATION:" + random.choice(("Room 5", "", "@meet")))
        if random.random() < 0.3:
            lines += [
                "ORGANIZER:mailto:alice@example.com",
                "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:canary-guest@example.com",
            ]
        if random.random() < 0.03:
            lines.append(f"X-CALBRIDGE-REF:cb1-other-{events.tag(uid)}-m.1")
        href = f"{random.choice(list(self.calendars.calendars))}{number}.ics"
        self._put("create", href, events.write([lines]))

    def decide(self) -> None:
        """Between two passes: who wavers wants the opposite by now."""
        if self.undecided:
            self._toggle(self.undecided.pop(0))

    def edit_at(self, calendar: str, href: str) -> None:
        """Edit this very object, if it is still there."""
        body = self.calendars.everything().get(href)
        if body is not None:
            self._retitle(href, body)

    # --- one action each ----------------------------------------------------------------------------------------------

    def retitle(self) -> None:
        if found := self._some():
            self._retitle(*found)

    def reschedule(self) -> None:
        if found := self._some():
            href, body = found
            shift = timedelta(hours=self.world.random.choice((-2, 1, 3, 24, 48)))
            told = events.read(body)
            master = self._master(told)
            if master is None:
                return
            start, end = master.start.replace(tzinfo=None) + shift, master.start.replace(tzinfo=None) + shift
            end += timedelta(minutes=master.minutes)
            moved = replaced(master.lines, DTSTART=f"{start:%Y%m%dT%H%M%S}", DTEND=f"{end:%Y%m%dT%H%M%S}")
            kept = [line for line in moved if events.name_of(line) != "EXDATE"]
            self._put("reschedule", href, events.write([bumped(kept)]))

    def change_rule(self) -> None:
        if found := self._some():
            href, body = found
            master = self._master(events.read(body))
            if master is None:
                return
            kept = [line for line in master.lines if events.name_of(line) not in {"RRULE", "EXDATE"}]
            if self.rules and self.world.random.random() < 0.7:
                kept.append(f"RRULE:{self.world.random.choice(self.rules)}")
            self._put("change rule", href, events.write([bumped(kept)]))

    def move(self) -> None:
        """To another calendar: two steps, and a while may pass between them."""
        found = self._some()
        others = [url for url in self.calendars.calendars if found and not found[0].startswith(url)]
        if not found or not others:
            return
        href, body = found
        target = self.world.random.choice(others) + href.rsplit("/", 1)[1]
        if target in self.calendars.everything():
            return
        told = self.world.draw(("dav change forgotten",), 0.4) is None
        if self.world.chance(0.5):
            self._put("move to", target, body, told=told)
            self._later(lambda: self._delete("move from", href))
        else:
            self._delete("move from", href)
            self._later(lambda: self._put("move to", target, body, told=told))

    def copy(self) -> None:
        if found := self._some():
            number = self._next()
            uid = f"u{number}@example.com"
            lines = [replaced(event.lines, UID=uid) for event in events.read(found[1]).events]
            target = f"{self.world.random.choice(list(self.calendars.calendars))}{number}.ics"
            self._put("copy", target, events.write(lines))

    def shadow(self) -> None:
        """The same event is imported into another calendar, without anything that asks; perhaps it is tidied away."""
        found = self._some()
        others = [url for url in self.calendars.calendars if found and not found[0].startswith(url)]
        if not found or not others:
            return
        plain = titled(described(found[1], without_block), lambda title: title.replace(" @meet", ""))
        ours = ("X-CALBRIDGE-", "LOCATION", "CONFERENCE", "X-MICROSOFT", "URL")
        lines = [[x for x in e.lines if not events.name_of(x).startswith(ours)] for e in events.read(plain).events]
        target = self.world.random.choice(others) + f"{self._next()}.ics"
        self._put("import", target, events.write(lines))
        if self.world.chance(0.5):
            self._later(lambda: self._delete("delete", found[0]))

    def delete(self) -> None:
        if found := self._some():
            self._delete("delete", found[0])
            if self.world.chance(0.3):
                self._later(self.restore)

    def restore(self) -> None:
        if self.trash:
            href, body = self.trash.pop(self.world.random.randrange(len(self.trash)))
            uids = {events.read(each).uid for each in self.calendars.everything().values()}
            if href not in self.calendars.everything() and events.read(body).uid not in uids:
                self._put("restore", href, body)

    def revert(self) -> None:
        """An app that knows an earlier version puts it back."""
        if found := self._some():
            self._put("put back", found[0], self._earlier(found[0]))

    def edit_block(self) -> None:
        """Type into the middle of our block, or cut a part of it off."""
        if found := self._some():
            href, body = found
            number = self._next()
            kinds = (
                lambda text: text.replace("Join: ", f"typed {number}\nJoin: ", 1),
                lambda text: text.replace(events.END, "", 1),
                lambda text: text.replace(events.START + "\n", "", 1),
                lambda text: f"before {number}\n{text}",
                lambda text: f"{text}\nafter {number}",
            )
            change = self.world.random.choice(kinds)
            self._put("edit block", href, described(body, change))

    def delete_block(self) -> None:
        if found := self._some():
            self._put("delete block", found[0], described(found[1], without_block))

    def toggle_keyword(self) -> None:
        if found := self._some():
            self._toggle(found[0])

    def choose_room(self) -> None:
        """Ask for the host's own room instead of one apart, or the other way round; perhaps only for a while."""
        if found := self._some():
            self._toggle_room(found[0])
            if self.world.chance(0.6):
                self._later(lambda: self._toggle_room(found[0]))

    def waver(self) -> None:
        """Want a room and no room, in turn."""
        if found := self._some():
            self._toggle(found[0])
            self.undecided += [found[0]] * 2

    def clear_out(self) -> None:
        """Select all that there is and delete it, but for one event of each calendar; nobody does that to a few."""
        if not self.rules:
            hrefs = sorted(self.calendars.everything())
            first = {href.rsplit("/", 1)[0]: href for href in reversed(hrefs)}.values()
            for href in hrefs:
                if href not in first:
                    self._delete("delete", href)

    def stop(self) -> None:
        if found := self._some():
            self._put("stop word", found[0], titled(found[1], stop_word_toggled))

    def except_instance(self) -> None:
        found = self._series()
        if not found:
            return
        href, told, instance = found
        lines = [e.lines for e in told.events if e.instance != instance]
        exdate = f"EXDATE;TZID=Europe/Paris:{events.stamp(instance)}"
        with_it = [(*each, exdate) if Vevent(each).instance is None else each for each in lines]
        self._put("except instance", href, events.write(with_it))

    def cancel_event(self) -> None:
        """Say that an event is cancelled, or that it is not; perhaps that was a mistake."""
        if found := self._running() or self._some():
            self._toggle_status(found[0])
            if self.world.chance(0.5):
                self._later(lambda: self._toggle_status(found[0]))

    def reply(self) -> None:
        """An attendee's answer reaches the organizer's copy."""
        if found := self._some():
            self._put("reply", found[0], found[1].replace(b"NEEDS-ACTION", b"ACCEPTED"))

    # --- how ----------------------------------------------------------------------------------------------------------

    def _override(self, *, cancelled: bool) -> None:
        found = self._series()
        if not found:
            return
        href, told, instance = found
        master = self._master(told)
        assert master is not None
        kept = [line for line in master.lines if events.name_of(line) not in {"RRULE", "EXDATE"}]
        shift = timedelta(hours=0 if cancelled else self.world.random.choice((1, 2, 5)))
        start = instance.replace(tzinfo=None) + shift
        end = start + timedelta(minutes=master.minutes)
        lines = replaced(tuple(kept), DTSTART=f"{start:%Y%m%dT%H%M%S}", DTEND=f"{end:%Y%m%dT%H%M%S}")
        lines = (*lines, f"RECURRENCE-ID;TZID=Europe/Paris:{events.stamp(instance)}")
        if cancelled:
            lines = replaced(lines, STATUS="CANCELLED")
        rest = [event.lines for event in told.events if event.instance != instance]
        self._put("cancel instance" if cancelled else "change instance", href, events.write([*rest, lines]))

    def _earlier(self, href: str) -> bytes:
        """The object, most likely as it is."""
        versions = list(self.calendars.versions(href))
        return self.world.random.choice((*versions, *(versions[-1],) * (2 * len(versions))))

    def _toggle(self, href: str) -> None:
        body = self.calendars.everything().get(href)
        if body is not None:
            asks = events.read(body).events[0].keyword
            change = (lambda t: t.replace(" @meet", "")) if asks else (lambda t: f"{t} @meet")
            self._put("keyword off" if asks else "keyword on", href, titled(body, change))

    def _toggle_room(self, href: str) -> None:
        body = self.calendars.everything().get(href)
        if body is not None:
            own = "@meet:room" in events.read(body).events[0].text("SUMMARY")
            before, after = ("@meet:room", "@meet") if own else ("@meet", "@meet:room")
            self._put("room", href, titled(body, lambda title: title.replace(before, after)))

    def _toggle_status(self, href: str) -> None:
        body = self.calendars.everything().get(href)
        masters = [] if body is None else [event for event in events.read(body).events if event.instance is None]
        if masters:
            status = "CONFIRMED" if masters[0].text("STATUS") == "CANCELLED" else "CANCELLED"
            self._put("status", href, events.write(replaced(event.lines, STATUS=status) for event in masters))

    def _series(self) -> tuple[str, Told, datetime] | None:
        """Some instance of some series, as its rule says it."""
        found = self._some()
        if not found:
            return None
        told = events.read(found[1])
        master = self._master(told)
        if master is None or not master.has("RRULE"):
            return None
        bare = Vevent(tuple(line for line in master.lines if events.name_of(line) != "EXDATE"))
        starts = events.occurrences(Told("", (bare,), True, False, frozenset(), (), False))
        to_come = [start.astimezone(PARIS) for start, _ in starts if start > self.world.now]
        return (found[0], told, self.world.random.choice(to_come)) if to_come else None

    def _retitle(self, href: str, body: bytes) -> None:
        number = self._next()
        self._put("retitle", href, titled(body, lambda text: f"New {number}" + (" @meet" if "@meet" in text else "")))

    def _some(self) -> tuple[str, bytes] | None:
        everything = sorted(self.calendars.everything().items())
        return self.world.random.choice(everything) if everything else None

    def _running(self) -> tuple[str, bytes] | None:
        """A meeting that has begun: whoever is done early may cancel it."""
        now = self.world.now
        for href, body in sorted(self.calendars.everything().items()):
            if any(start <= now < start + timedelta(minutes=m) for start, m in events.occurrences(events.read(body))):
                return href, body
        return None

    def _master(self, told: Told) -> Vevent | None:
        return next((event for event in told.events if event.instance is None), None)

    def _start(self) -> datetime:
        """In the coming weeks, most likely; within the hour, or too far ahead for the platform to list it."""
        random = self.world.random
        kind = random.random()
        if kind < 0.04:
            return self._morning(random.randrange(545, 700))
        return self._morning(random.randrange(1, 25)) if kind < 0.87 else self._soon()

    def _morning(self, days: int) -> datetime:
        day = self.world.now.astimezone(PARIS) + timedelta(days=days)
        return day.replace(hour=self.world.random.choice((9, 11, 14, 16)), minute=0, second=0, microsecond=0)

    def _soon(self) -> datetime:
        """Within the hour, often at once."""
        soon = self.world.random.choice((2, 2, self.world.random.randrange(5, 60)))
        at = self.world.now.astimezone(PARIS) + timedelta(minutes=soon)
        return at.replace(second=0, microsecond=0)

    def _put(self, what: str, href: str, body: bytes, *, told: bool = True) -> None:
        self.world.say(f"  people: {what} {href.rsplit('/alice/', 1)[1]}")
        self.calendars.put(href, body, told=told)

    def _delete(self, what: str, href: str) -> None:
        body = self.calendars.everything().get(href)
        if body is not None:
            self.world.say(f"  people: {what} {href.rsplit('/alice/', 1)[1]}")
            if what == "delete":
                self.trash.append((href, self._earlier(href)))
            self.calendars.delete(href)

    def _later(self, action: Callable[[], None]) -> None:
        self.world.later(self.world.random.choice((1, 30, 120, 400, 900)), "  people go on", action)

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers


_ACTIONS: tuple[Callable[[Users], None], ...] = (
    Users.create,
    Users.retitle,
    Users.retitle,
    Users.reschedule,
    Users.change_rule,
    Users.move,
    Users.copy,
    Users.shadow,
    Users.delete,
    Users.delete,
    Users.restore,
    Users.revert,
    Users.edit_block,
    Users.delete_block,
    Users.toggle_keyword,
    Users.waver,
    Users.choose_room,
    Users.clear_out,
    Users.stop,
    lambda users: users._override(cancelled=True),
    lambda users: users._override(cancelled=False),
    Users.except_instance,
    Users.cancel_event,
    Users.cancel_event,
    Users.reply,
    lambda users: users.colleagues.cancel(),
    lambda users: users.colleagues.rename(),
    lambda users: users.colleagues.copy(),
    lambda users: users.colleagues.copy(),
)
