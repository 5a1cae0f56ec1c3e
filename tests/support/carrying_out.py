"""What a plan promises, carried out in memory: the scene as it is after everything went well."""

from dataclasses import replace

from calbridge.core.actions import (
    Action,
    Adopt,
    Cancel,
    CancelInstance,
    CancelStray,
    Create,
    Forget,
    Plan,
    Update,
    UpdateInstance,
    WriteBack,
    order,
)
from calbridge.core.marker import part_of
from calbridge.core.model import Meeting
from calbridge.core.notes import (
    CountMiss,
    DropIntent,
    ForgetAbsence,
    ForgetDate,
    ForgetInstance,
    ForgetRefusals,
    Note,
    RememberAbsence,
    RememberInstance,
    RememberMapping,
)
from calbridge.core.policy import Policy
from calbridge.core.remembered import Absence, Exceptional, Mapping, Memory
from support.planning import POLICY, Scene, linked, scene, sign
from support.rooms import Rooms


def settled(wanted: Meeting | None = None, *, policy: Policy = POLICY) -> Scene:
    """A meeting after its first pass: it has its room, and its event says so."""
    fresh = scene(wanted, policy=policy)
    return carried_out(fresh, fresh.plan())


def carried_out(before: Scene, plan: Plan) -> Scene:
    """The scene after a plan, with no look at the platform since."""
    book = _Book(before)
    for note in plan.notes:
        book.note(note)
    for action in sorted(plan.actions, key=order):
        book.act(action)
    return replace(book.scene, memory=book.memory(), look=None)


class _Book:
    """What is remembered, while it changes."""

    def __init__(self, before: Scene) -> None:
        self.scene = before
        self.rooms: Rooms = before.rooms
        memory = before.memory
        self.mappings = {(m.part, m.gen): m for m in memory.mappings}
        self.exceptional = {(e.part, e.gen, e.instance): e for e in memory.exceptional}
        self.intents = {i.marker: i for i in memory.intents}
        self.refusals = memory.refusals
        self.absence = memory.absence

    def memory(self) -> Memory:
        by_key = sorted(self.mappings.items())
        return Memory(
            tuple(m for _, m in by_key),
            tuple(self.exceptional.values()),
            tuple(self.intents.values()),
            self.refusals,
            self.absence,
        )

    def note(self, note: Note) -> None:
        uid = self.scene.meeting.uid
        match note:
            case RememberMapping(mapping):
                self.keep(mapping)
            case RememberInstance(_, gen, instance, child, state, sent, part):
                settled = Exceptional(9, uid, gen, instance, child, state, sent, part=part)
                self.exceptional[part, gen, instance] = settled
            case ForgetInstance(_, gen, instance, part):
                self.exceptional.pop((part, gen, instance), None)
            case ForgetDate(_, part, gen):
                del self.mappings[part, gen]
            case CountMiss(marker):
                self.intents[marker] = replace(self.intents[marker], misses=self.intents[marker].misses + 1)
            case DropIntent(marker):
                del self.intents[marker]
            case RememberAbsence(_, why, since, passes):
                self.absence = Absence(9, uid, why, since, passes)
            case ForgetAbsence():
                self.absence = None
            case ForgetRefusals():
                self.refusals = ()

    def keep(self, mapping: Mapping) -> None:
        self.mappings[mapping.part, mapping.gen] = mapping

    def act(self, action: Action) -> None:
        match action:
            case Create():
                self.create(action)
            case Adopt():
                self.intents.pop(action.marker, None)
                self.keep(action.mapping())
            case Update():
                self.update(action)
            case UpdateInstance() | CancelInstance():
                self.instance(action)
            case WriteBack():
                self.write_back(action)
            case Cancel():
                self.rooms.cancel(action.conference_id)
                self.forget(action.conference_id)
            case CancelStray():
                self.rooms.cancel(action.conference_id)
            case Forget():
                self.forget(action.conference_id)

    def create(self, action: Create) -> None:
        made = self.rooms.create(action.fields)
        self.intents.pop(action.marker, None)
        if action.replaces is not None:
            self.keep(replace(action.replaces, state="retired"))
        terms = action.terms
        mapping = terms.mapping(made.id, made.room_url, created=True, security_pin=None, dial_in=None)
        only_new = action.fields.settings
        self.keep(
            replace(
                mapping,
                secure_url=only_new.secure_url,
                host_initiated_recording=only_new.host_initiated_recording,
            )
        )

    def update(self, action: Update) -> None:
        self.rooms.update(action.conference_id, action.fields)
        terms = action.terms
        self.keep(terms.renewed(self.mappings[terms.part, terms.gen]))
        mine = [e for e in self.exceptional.values() if (e.part, e.gen) == (terms.part, terms.gen)]
        for one in mine:
            if action.reschedules:
                del self.exceptional[one.part, one.gen, one.instance]
            else:
                self.exceptional[one.part, one.gen, one.instance] = replace(one, verified=False)

    def instance(self, action: UpdateInstance | CancelInstance) -> None:
        part, gen = action.series
        name = part_of(action.instance)
        children = self.rooms.children(self.mappings[part, gen].conference_id)
        child = next(c for c in children if action.conference_id == c.id or part_of(c.start) == name)
        if isinstance(action, CancelInstance):
            self.rooms.cancel(child.id)
            gone = Exceptional(9, action.about.uid, gen, name, child.id, "cancelled", part=part)
            self.exceptional[part, gen, name] = gone
            return
        self.rooms.update(child.id, action.fields)
        if action.restores:
            self.exceptional.pop((part, gen, name), None)
        else:
            now = Exceptional(9, action.about.uid, gen, name, child.id, "changed", action.sent, part=part)
            self.exceptional[part, gen, name] = now

    def write_back(self, action: WriteBack) -> None:
        live = {m.part: m for m in self.mappings.values() if m.state == "live"}
        parts = [link.part for link in action.links if link.part is not None]
        references = frozenset(sign(action.about.uid, part, live[part].gen) for part in parts)
        source = linked(self.scene.source, action.links, live, self.scene.policy)
        wanted = replace(self.scene.meeting, references=references)
        self.scene = replace(self.scene, source=source, meeting=wanted)

    def forget(self, conference_id: int) -> None:
        self.mappings = {k: m for k, m in self.mappings.items() if m.conference_id != conference_id}
