#!/usr/bin/env python3
"""Verifies a rotation's ledger from its entries alone.

Written from docs/distribution.md, "Canonical bytes" to "Checkpoints", and from nothing else: it shares
no code with the service and needs nothing but Python's standard library.

    verify_ledger.py LEDGER.ndjson [--organization ID] [--receipt ENTRY=HASH ...]
    verify_ledger.py --vectors docs/distribution.md

The first form reads the export of `GET ... /distribution/ledger.ndjson` (`-` = standard input), the
second the test vectors of the document. Prints one JSON object:

    {"valid": true, "entries": 5, "turns": 2, "first_invalid": null, "rotation_id": ..., "head": ...}

Exit code: 0 valid, 1 not valid, 2 not readable.
"""

import argparse
import calendar
import datetime
import hashlib
import json
import re
import struct
import sys
import uuid

NOBODY = bytes(16)
ZERO_HASH = bytes(32)
CHECKPOINT_EVERY = 512
FIRST_DAY, LAST_DAY = -719162, 2932896
WEIGHT_UNIT = 5354228880
U32, U64 = 2**32 - 1, 2**64 - 1

KINDS = {
    1: "created", 2: "decision", 3: "member_added", 4: "member_removed", 5: "reordered",
    6: "limits_changed", 7: "member_changed", 8: "zone_changed", 9: "policy_changed",
    10: "rotation_paused", 11: "availability", 13: "limits_reset", 14: "archived",
    15: "off_duty", 16: "open_leads",
}
SEQUENTIAL, RANDOM, WEIGHTED, LEAST_OPEN = 1, 2, 3, 4
NO_MEMBERS, ALL_AT_LIMIT, NOBODY_AVAILABLE, ROTATION_PAUSED = 1, 2, 3, 4
NOT_PAUSED = (0, 0)


class Invalid(Exception):
    """Something is wrong with an entry."""

    def __init__(self, problem, entry=None):
        super().__init__(problem)
        self.problem, self.entry = problem, entry


def require(condition, problem):
    if not condition:
        raise Invalid(problem)


# Canonical bytes


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        require(self.at + length <= len(self.data), "damaged_body")
        taken = self.data[self.at:self.at + length]
        self.at += length
        return taken

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]

    def u8(self):
        return self.number("B")

    def u16(self):
        return self.number("H")

    def u32(self):
        return self.number("I")

    def u64(self):
        return self.number("Q")

    def i32(self):
        return self.number("i")

    def i64(self):
        return self.number("q")

    def id(self):
        return self.take(16)

    def user(self):
        user = self.id()
        require(user != NOBODY, "damaged_body")
        return user

    def flag(self):
        value = self.u8()
        require(value in (0, 1), "damaged_body")
        return value == 1

    def end(self):
        require(self.at == len(self.data), "damaged_body")

    def day(self):
        day = self.i32()
        require(FIRST_DAY <= day <= LAST_DAY, "damaged_body")
        return day

    def limits(self):
        return (self.u32(), self.u32())

    def zone(self):
        name = self.take(self.u8())
        try:
            return name.decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid("damaged_body") from None

    def pause(self):
        code, end = self.u8(), self.i64()
        require(code in (0, 1, 2) and (code == 2 or end == 0), "damaged_body")
        return (code, end)

    def policy(self):
        method = self.u8()
        require(method in (SEQUENTIAL, RANDOM, WEIGHTED, LEAST_OPEN), "damaged_body")
        return (method, self.flag())

    def own_limit(self):
        present, limit = self.flag(), self.u32()
        require(present or limit == 0, "damaged_body")
        return limit if present else None

    def settings(self):
        return {"daily": self.own_limit(), "monthly": self.own_limit(), "weight": self.u32(),
                "pause": self.pause()}

    def off_duty(self):
        reason, present, until = self.u8(), self.flag(), self.i64()
        require(reason in (0, 1, 2, 3), "damaged_body")
        require(present or until == 0, "damaged_body")
        if reason == 0:
            require(not present, "damaged_body")
            return None
        return (reason, until if present else None)

    def count(self):
        present, day, of_day, of_month = self.flag(), self.day(), self.u32(), self.u32()
        require(present != ((day, of_day, of_month) == (0, 0, 0)), "damaged_body")
        if not present:
            return None
        return (day, of_day, of_month)

    def many(self, read):
        return [read() for _ in range(self.u32())]


class Writer:
    def __init__(self):
        self.data = bytearray()

    def number(self, form, value):
        self.data += struct.pack(">" + form, value)

    def bytes(self, data):
        self.data += data

    def pause(self, pause):
        self.number("B", pause[0])
        self.number("q", pause[1])

    def settings(self, settings):
        for limit in (settings["daily"], settings["monthly"]):
            self.number("B", 0 if limit is None else 1)
            self.number("I", limit or 0)
        self.number("I", settings["weight"])
        self.pause(settings["pause"])

    def count(self, count):
        day, of_day, of_month = count or (0, 0, 0)
        self.number("B", 0 if count is None else 1)
        self.number("i", day)
        self.number("I", of_day)
        self.number("I", of_month)

    def off_duty(self, off):
        reason, until = off or (0, None)
        self.number("B", reason)
        self.number("B", 0 if until is None else 1)
        self.number("q", until or 0)


class Entry:
    """A body, read to the last byte."""

    def __init__(self, body):
        reader = Reader(body)
        require(reader.u8() == 1, "damaged_body")
        self.kind = reader.u8()
        require(self.kind in KINDS, "damaged_body")
        self.rotation, self.number = reader.id(), reader.u64()
        self.at, self.day = reader.i64(), reader.day()
        self.lead = self.user = self.turn = None
        getattr(self, "read_" + KINDS[self.kind])(reader)
        self.digest = self.read_extensions(reader)
        reader.end()

    def read_extensions(self, reader):
        digest, last = None, 0
        for _ in range(reader.u8()):
            tag = reader.u8()
            value = reader.take(reader.u16())
            require(tag == 1 and tag > last and len(value) == 32, "damaged_body")
            digest, last = value, tag
        return digest

    def read_created(self, reader):
        self.organization, self.policy = reader.id(), reader.policy()
        self.limits, self.seed, self.zone = reader.limits(), reader.take(32), reader.zone()

    def read_decision(self, reader):
        self.lead = reader.id()
        turn, chosen = reader.u64(), reader.id()
        self.cursor, self.reason = reader.id(), reader.u8()
        require(self.reason <= 4, "damaged_body")
        delivered = (turn > 0, chosen != NOBODY, self.reason == 0)
        require(delivered in ((True,) * 3, (False,) * 3), "damaged_body")
        self.turn = turn or None
        self.user = chosen if chosen != NOBODY else None

    def read_member_added(self, reader):
        self.user, self.settings, self.count = reader.user(), reader.settings(), reader.count()

    def read_member_removed(self, reader):
        self.user = reader.user()

    def read_reordered(self, reader):
        self.order = reader.many(reader.user)

    def read_limits_changed(self, reader):
        self.limits = reader.limits()

    def read_member_changed(self, reader):
        self.user, self.settings = reader.user(), reader.settings()

    def read_zone_changed(self, reader):
        self.zone = reader.zone()

    def read_policy_changed(self, reader):
        self.policy = reader.policy()

    def read_rotation_paused(self, reader):
        self.pause = reader.pause()

    def read_availability(self, reader):
        self.user, self.away = reader.user(), reader.pause()

    def read_limits_reset(self, reader):
        self.period = reader.u8()
        require(self.period in (1, 2), "damaged_body")
        self.users = reader.many(reader.user)

    def read_off_duty(self, reader):
        self.seen = reader.many(lambda: (reader.user(), reader.off_duty()))

    def read_open_leads(self, reader):
        self.seen = reader.many(lambda: (reader.user(), reader.u32()))

    def read_archived(self, reader):
        pass


# The rules


def month(day):
    """Year and month of a day, by the proleptic Gregorian calendar."""
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    return (date.year, date.month)


def holds(pause, at):
    return pause[0] == 1 or (pause[0] == 2 and at < pause[1])


def off_holds(off, at):
    return off is not None and (off[1] is None or at < off[1])


def cost(member):
    """What a lead adds to a member's virtual time; nothing for weight 0."""
    weight = member.settings["weight"]
    return WEIGHT_UNIT // weight if weight else 0


class Member:
    def __init__(self, user, settings, count):
        self.user, self.settings, self.count = user, settings, count
        self.away, self.off = NOT_PAUSED, None
        self.virtual_time = self.last_turn = self.open_leads = 0

    def dealt(self, day):
        """Today and this month."""
        if self.count is None or month(self.count[0]) != month(day):
            return (0, 0)
        return (self.count[1] if self.count[0] == day else 0, self.count[2])


class Rotation:
    """The state that the document says to keep."""

    def __init__(self, organization):
        self.organization, self.rotation = organization, None
        self.members, self.cursor, self.departed = [], None, {}
        self.policy = self.seed = self.limits = self.zone = None
        self.pause = NOT_PAUSED
        self.turn = self.entry = 0
        self.head, self.at, self.day = ZERO_HASH, None, None
        self.archived = False
        self.knows_departed = True

    # Walking

    def step(self, number, body, given_hash, columns=None):
        """Does one entry again. `columns` are what stands beside the body."""
        if number != self.entry + 1:
            raise Invalid("wrong_number", self.entry + 1)
        before = self.head
        digest = hashlib.sha256(b"evenhand ledger v1" + before + body).digest()
        require(digest == given_hash, "wrong_hash")
        require(not self.archived, "after_end")
        entry = Entry(body)
        if columns is not None:
            self.compare_columns(entry, number, columns)
        require(entry.number == number, "column_differs")
        if self.rotation is not None:
            require(entry.rotation == self.rotation, "foreign_entry")
            require(entry.at >= self.at and entry.day >= self.day, "wrong_content")
        require((entry.kind == 1) == (self.rotation is None), "wrong_creation")
        getattr(self, "do_" + KINDS[entry.kind])(entry)
        self.entry, self.at, self.day = number, entry.at, entry.day
        checkpoint = None
        require((entry.digest is not None) == (number % CHECKPOINT_EVERY == 0), "wrong_content")
        if entry.digest is not None:
            state = self.state_bytes()
            digest_of_state = hashlib.sha256(b"evenhand checkpoint v1" + state).digest()
            require(digest_of_state == entry.digest, "wrong_content")
            checkpoint = state + before + struct.pack(">I", len(body)) + body
        self.head = digest
        return checkpoint

    def compare_columns(self, entry, number, columns):
        same = (
            columns["turn"] == entry.turn
            and columns["kind"] == KINDS[entry.kind]
            and micros(columns["at"]) == entry.at
            and id_bytes(columns["lead_id"]) == entry.lead
            and id_bytes(columns["user_id"]) == entry.user
        )
        require(same and entry.number == number, "column_differs")

    def position(self, user):
        for position, member in enumerate(self.members):
            if member.user == user:
                return position
        raise Invalid("impossible_change")

    def member(self, user):
        return self.members[self.position(user)]

    def named(self, users):
        """The members of a list that names at least one, each once and in turn order."""
        positions = [self.position(user) for user in users]
        require(positions and positions == sorted(set(positions)), "wrong_content")
        return [self.members[position] for position in positions]

    def live(self, count, day):
        """A count that still matters: not of a month before, and not of nothing."""
        if count is None or month(count[0]) < month(day) or count[2] == 0:
            return None
        return count

    def begin_anew(self):
        """Virtual times begin anew: with the weighted method, those before the cursor have had a lead."""
        before = self.policy[0] == WEIGHTED
        for member in self.members:
            before = before and member.user != self.cursor
            member.virtual_time = cost(member) if before else 0

    # Changes

    def do_created(self, entry):
        if self.organization is not None:
            require(entry.organization == self.organization, "foreign_entry")
        self.organization, self.rotation = entry.organization, entry.rotation
        self.policy, self.limits = entry.policy, entry.limits
        self.seed, self.zone = entry.seed, entry.zone

    def do_member_added(self, entry):
        require(all(member.user != entry.user for member in self.members), "impossible_change")
        if entry.count is not None:
            day, of_day, of_month = entry.count
            require(day <= entry.day and of_day <= of_month, "impossible_change")
        if self.knows_departed or entry.user in self.departed:
            left_with = self.live(self.departed.pop(entry.user, None), entry.day)
            require(entry.count == left_with, "wrong_count")
        member = Member(entry.user, entry.settings, entry.count)
        due = [
            other.virtual_time for other in self.members
            if not (self.policy[0] == WEIGHTED and other.settings["weight"] == 0)
        ]
        member.virtual_time = min(due, default=0)
        member.last_turn = self.turn
        self.members.append(member)
        if len(self.members) == 1:
            self.cursor = entry.user

    def do_member_removed(self, entry):
        position = self.position(entry.user)
        member = self.members.pop(position)
        self.departed[entry.user] = member.count
        if self.cursor == entry.user:
            self.cursor = (
                self.members[position % len(self.members)].user if self.members else None
            )

    def do_reordered(self, entry):
        by_user = {member.user: member for member in self.members}
        is_order = len(entry.order) == len(by_user) and set(entry.order) == set(by_user)
        require(is_order, "impossible_change")
        self.members = [by_user[user] for user in entry.order]
        self.begin_anew()

    def do_limits_changed(self, entry):
        require(entry.limits != self.limits, "wrong_content")
        self.limits = entry.limits

    def do_member_changed(self, entry):
        member = self.member(entry.user)
        require(entry.settings != member.settings, "wrong_content")
        weighs_the_same = entry.settings["weight"] == member.settings["weight"]
        member.settings = entry.settings
        if not weighs_the_same:
            self.begin_anew()

    def do_zone_changed(self, entry):
        require(entry.zone != self.zone, "wrong_content")
        self.zone = entry.zone

    def do_policy_changed(self, entry):
        require(entry.policy != self.policy, "wrong_content")
        is_another = entry.policy[0] != self.policy[0]
        self.policy = entry.policy
        if is_another:
            self.begin_anew()
            for member in self.members:
                member.open_leads = 0
        if not entry.policy[1]:
            for member in self.members:
                member.off = None

    def do_rotation_paused(self, entry):
        require(entry.pause != self.pause, "wrong_content")
        self.pause = entry.pause

    def do_availability(self, entry):
        member = self.member(entry.user)
        require(entry.away != member.away, "wrong_content")
        member.away = entry.away

    def do_limits_reset(self, entry):
        for member in self.named(entry.users):
            before = self.live(member.count, entry.day)
            after = None
            if entry.period == 1:
                after = self.live((entry.day, 0, member.dealt(entry.day)[1]), entry.day)
            require(before != after, "wrong_content")
            member.count = after

    def do_off_duty(self, entry):
        require(self.policy[1], "wrong_content")
        for member, (_, off) in zip(self.named([user for user, _ in entry.seen]), entry.seen):
            require(off is None or off_holds(off, entry.at), "wrong_content")
            held = member.off if off_holds(member.off, entry.at) else None
            require(off != held, "wrong_content")
            member.off = off

    def do_open_leads(self, entry):
        require(self.policy[0] == LEAST_OPEN, "wrong_content")
        for member, (_, count) in zip(self.named([user for user, _ in entry.seen]), entry.seen):
            require(count != member.open_leads, "wrong_content")
            member.open_leads = count

    def do_archived(self, entry):
        self.archived = True

    # Decisions

    def never(self, member):
        return self.policy[0] == WEIGHTED and member.settings["weight"] == 0

    def at_limit(self, member, day):
        today, this_month = member.dealt(day)
        own = member.settings
        daily = own["daily"] if own["daily"] is not None else self.limits[0]
        monthly = own["monthly"] if own["monthly"] is not None else self.limits[1]
        return (daily > 0 and today >= daily) or (monthly > 0 and this_month >= monthly)

    def eligible(self, member, at, day):
        return not (
            holds(member.settings["pause"], at)
            or holds(member.away, at)
            or self.never(member)
            or self.at_limit(member, day)
            or (self.policy[1] and off_holds(member.off, at))
        )

    def from_cursor(self):
        """Positions in order, starting with the cursor's."""
        start = next(
            (p for p, member in enumerate(self.members) if member.user == self.cursor), 0)
        return [(start + step) % len(self.members) for step in range(len(self.members))]

    def choose(self, at, day):
        """The position of who gets the lead, or None and why."""
        if not self.members:
            return None, NO_MEMBERS
        if holds(self.pause, at):
            return None, ROTATION_PAUSED
        order = self.from_cursor()
        eligible = [p for p in order if self.eligible(self.members[p], at, day)]
        if not eligible:
            counted = [member for member in self.members if not self.never(member)]
            full = bool(counted) and all(self.at_limit(member, day) for member in counted)
            return None, ALL_AT_LIMIT if full else NOBODY_AVAILABLE
        method = self.policy[0]
        if method == SEQUENTIAL:
            return eligible[0], 0
        if method == RANDOM:
            return self.draw(sorted(eligible)), 0
        if method == WEIGHTED:
            return min(eligible, key=lambda p: (self.members[p].virtual_time, order.index(p))), 0
        return min(eligible, key=lambda p: (
            self.members[p].open_leads, self.members[p].last_turn, p)), 0

    def draw(self, positions):
        count = len(positions)
        attempt = 0
        while True:
            data = b"evenhand random v1" + self.seed + struct.pack(">QI", self.turn + 1, attempt)
            drawn = int.from_bytes(hashlib.sha256(data).digest()[:8], "big")
            if drawn < 2**64 - 2**64 % count:
                return positions[drawn % count]
            attempt += 1

    def do_decision(self, entry):
        position, reason = self.choose(entry.at, entry.day)
        chosen = None if position is None else self.members[position].user
        require(chosen == entry.user, "unfair_decision")
        if position is not None:
            self.deliver(position, entry.at, entry.day)
        turn = None if position is None else self.turn
        same = (turn, self.cursor or NOBODY, reason) == (entry.turn, entry.cursor, entry.reason)
        require(same, "wrong_content")

    def deliver(self, position, at, day):
        chosen = self.members[position]
        method = self.policy[0]
        self.turn += 1
        if method == WEIGHTED:
            order = self.from_cursor()
            least, place = chosen.virtual_time, order.index(position)
            for step, other in enumerate(order):
                member = self.members[other]
                passed = (
                    not self.never(member)
                    and not self.eligible(member, at, day)
                    and (member.virtual_time < least
                         or (member.virtual_time == least and step < place))
                )
                if passed or member is chosen:
                    moved = min(member.virtual_time + cost(member), U64)
                    member.virtual_time = max(least, moved)
        if method in (SEQUENTIAL, WEIGHTED):
            self.cursor = self.members[(position + 1) % len(self.members)].user
        if method == LEAST_OPEN:
            chosen.open_leads = min(chosen.open_leads + 1, U32)
        today, this_month = chosen.dealt(day)
        chosen.count = (day, min(today + 1, U32), min(this_month + 1, U32))
        chosen.last_turn = self.turn

    # Checkpoints

    def state_bytes(self):
        writer = Writer()
        writer.number("B", 1)
        writer.bytes(self.organization)
        writer.bytes(self.rotation)
        writer.number("Q", self.entry)
        writer.number("q", self.at)
        writer.number("i", self.day)
        writer.number("Q", self.turn)
        writer.number("B", self.policy[0])
        writer.number("B", int(self.policy[1]))
        writer.bytes(self.seed)
        writer.pause(self.pause)
        writer.number("I", self.limits[0])
        writer.number("I", self.limits[1])
        zone = self.zone.encode("utf-8")
        writer.number("B", len(zone))
        writer.bytes(zone)
        writer.bytes(self.cursor or NOBODY)
        writer.number("I", len(self.members))
        for member in self.members:
            self.write_member(writer, member)
        return bytes(writer.data)

    def write_member(self, writer, member):
        count = self.live(member.count, self.day)
        plain = {"daily": None, "monthly": None, "weight": 1, "pause": NOT_PAUSED}
        parts = [
            (1, member.settings != plain, lambda: writer.settings(member.settings)),
            (2, count is not None, lambda: writer.count(count)),
            (4, member.away != NOT_PAUSED, lambda: writer.pause(member.away)),
            (8, member.off is not None, lambda: writer.off_duty(member.off)),
            (16, member.virtual_time != 0, lambda: writer.number("Q", member.virtual_time)),
            (32, member.last_turn != 0, lambda: writer.number("Q", member.last_turn)),
            (64, member.open_leads != 0, lambda: writer.number("I", member.open_leads)),
        ]
        writer.bytes(member.user)
        writer.number("B", sum(bit for bit, present, _ in parts if present))
        for _, present, write in parts:
            if present:
                write()

    @classmethod
    def from_checkpoint(cls, checkpoint, entry_hash):
        """The state in a checkpoint, which must be the one of the entry with that hash."""
        reader = Reader(checkpoint)
        require(reader.u8() == 1, "wrong_checkpoint")
        state = cls(reader.id())
        state.rotation, state.entry = reader.id(), reader.u64()
        state.at, state.day, state.turn = reader.i64(), reader.day(), reader.u64()
        state.policy, state.seed, state.pause = reader.policy(), reader.take(32), reader.pause()
        state.limits, state.zone = reader.limits(), reader.zone()
        cursor = reader.id()
        state.cursor = cursor if cursor != NOBODY else None
        state.members = reader.many(lambda: cls.read_member(reader))
        digest = hashlib.sha256(b"evenhand checkpoint v1" + checkpoint[:reader.at]).digest()
        before, length = reader.take(32), reader.u32()
        body = reader.take(length)
        reader.end()
        entry = Entry(body)
        same = (
            entry.digest == digest
            and hashlib.sha256(b"evenhand ledger v1" + before + body).digest() == entry_hash
            and (entry.rotation, entry.number) == (state.rotation, state.entry)
            and (entry.at, entry.day) == (state.at, state.day)
        )
        require(same, "wrong_checkpoint")
        state.head, state.knows_departed = entry_hash, False
        return state

    @staticmethod
    def read_member(reader):
        user, flags = reader.user(), reader.u8()
        require(flags < 128, "wrong_checkpoint")
        plain = {"daily": None, "monthly": None, "weight": 1, "pause": NOT_PAUSED}
        settings = reader.settings() if flags & 1 else plain
        member = Member(user, settings, reader.count() if flags & 2 else None)
        if flags & 4:
            member.away = reader.pause()
        if flags & 8:
            member.off = reader.off_duty()
        if flags & 16:
            member.virtual_time = reader.u64()
        if flags & 32:
            member.last_turn = reader.u64()
        if flags & 64:
            member.open_leads = reader.u32()
        return member


# Texts


def micros(text):
    """Microseconds since 1970 of an RFC 3339 instant in UTC."""
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z", text or "")
    require(found, "column_differs")
    year, month_, day, hour, minute, second, fraction = map(int, found.groups())
    seconds = calendar.timegm((year, month_, day, hour, minute, second))
    return seconds * 1_000_000 + fraction


def id_bytes(text):
    return None if text is None else uuid.UUID(text).bytes


def verdict(rotation, turns, invalid=None):
    first = None
    if invalid is not None:
        entry = invalid.entry if invalid.entry is not None else rotation.entry + 1
        first = {"entry": entry, "problem": invalid.problem}
    return {
        "valid": invalid is None,
        "entries": rotation.entry,
        "turns": turns,
        "first_invalid": first,
        "rotation_id": str(uuid.UUID(bytes=rotation.rotation)) if rotation.rotation else None,
        "head": rotation.head.hex(),
    }


def verify_export(lines, organization, receipts):
    rotation = Rotation(organization)
    try:
        for line in lines:
            if not line.strip():
                continue
            row = json.loads(line)
            body, given = bytes.fromhex(row["body"]), bytes.fromhex(row["hash"])
            rotation.step(row["entry"], body, given, row)
            if receipts.pop(rotation.entry, given.hex()) != given.hex():
                raise Invalid("receipt_differs", rotation.entry)
        if rotation.entry == 0:
            raise Invalid("entry_missing", 1)
        if receipts:
            raise Invalid("entry_missing", min(receipts))
    except Invalid as invalid:
        return verdict(rotation, rotation.turn, invalid)
    return verdict(rotation, rotation.turn)


def verify_vectors(document):
    """Each stretch of consecutive entries in the document, from the start or a checkpoint."""
    vectors = []
    for line in document.splitlines():
        word, _, rest = line.partition(" ")
        if re.fullmatch(r"entry \d+ [a-z_]+", line):
            vectors.append({"entry": int(rest.split()[0]), "kind": rest.split()[1]})
        elif vectors and word in ("body", "hash", "checkpoint") and re.fullmatch("[0-9a-f]+", rest):
            vectors[-1][word] = bytes.fromhex(rest)
    rotation = Rotation(None)
    checked = 0
    try:
        for vector in vectors:
            number, given = vector["entry"], vector["hash"]
            if number == rotation.entry + 1:
                checkpoint = rotation.step(number, vector["body"], given)
                if "checkpoint" in vector and checkpoint != vector["checkpoint"]:
                    raise Invalid("wrong_checkpoint", number)
            elif "checkpoint" in vector:
                rotation = Rotation.from_checkpoint(vector["checkpoint"], given)
            else:
                raise Invalid("wrong_number", rotation.entry + 1)
            if KINDS[Entry(vector["body"]).kind] != vector["kind"]:
                raise Invalid("column_differs", number)
            checked += 1
    except Invalid as invalid:
        return verdict(rotation, rotation.turn, invalid)
    return {**verdict(rotation, rotation.turn), "vectors": checked}


def main():
    parser = argparse.ArgumentParser(description="Verifies a rotation's ledger.")
    parser.add_argument("ledger", nargs="?", help="the exported ledger; - = standard input")
    parser.add_argument("--vectors", help="the document with the test vectors")
    parser.add_argument("--organization", help="the organization that the rotation must be of")
    parser.add_argument("--receipt", action="append", default=[], metavar="ENTRY=HASH")
    arguments = parser.parse_args()
    try:
        if arguments.vectors:
            with open(arguments.vectors, encoding="utf-8") as document:
                result = verify_vectors(document.read())
        else:
            receipts = {int(entry): given for entry, given in
                        (receipt.split("=", 1) for receipt in arguments.receipt)}
            organization = id_bytes(arguments.organization)
            if arguments.ledger in (None, "-"):
                result = verify_export(sys.stdin, organization, receipts)
            else:
                with open(arguments.ledger, encoding="utf-8") as lines:
                    result = verify_export(lines, organization, receipts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(json.dumps({"error": f"not readable: {error}"}))
        return 2
    print(json.dumps(result))
    return 0 if result["valid"] else 1


if __name__ == "__main__":
    sys.exit(main())
