"""Every address of the shipped desk, asked by everybody: each role in each unit, and a stranger.

`pytest -s tests/deploy/test_role_matrix.py` prints how many asked for what.
"""

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from openbureau.desk import OPEN
from openbureau.desk.roles import allowed_roles
from openbureau.staff import Role
from support.desk_makers import ACCUSED, RECEIVER
from support.shipped import Shipped
from support.shipped.visitors import Answer, Clerk

STORY = "五月二十日下午，两名人员到店检查，没有出示证件。这段经过只有接收人可以看，别人一个字也看不到。"
SEEN = "staff_sessions"
"""The only table that a refused request may touch: when somebody was last seen."""


@dataclass(frozen=True)
class Request:
    """What is asked for: a rule of the desk, with a method and real values for its arguments."""

    rule: Rule
    method: str
    path: str
    about: str
    """The unit that the tip in the path is about; empty where there is none."""


def requests(desk: Flask, tips: dict[str, int]) -> Iterator[Request]:
    """Every rule with every method; those of cases for each of the tips, by the unit that it is about."""
    for rule in sorted(desk.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            is_case = rule.rule.startswith("/cases/<")
            for about, number in tips.items() if is_case else [("", 1)]:
                path = rule.rule.replace("<int:number>", str(number))
                yield Request(rule, method, re.sub("<[^>]*>", "1", path), about)


def stored(shipped: Shipped) -> str:
    """A digest of everything in the database but when somebody was last seen."""
    connection = sqlite3.connect(shipped.instance / "tips.db")
    lines = [line for line in connection.iterdump() if SEEN not in line]
    connection.close()
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sent(clerk: Clerk, request: Request) -> Answer:
    """The answer; a form bears the right token, and nothing else."""
    return clerk.get(request.path) if request.method == "GET" else clerk.post(request.path)


@pytest.fixture
def tips(shipped: Shipped) -> dict[str, int]:
    return {unit: shipped.office.tip_now(unit=unit, story=STORY) for unit in (ACCUSED, RECEIVER)}


def test_nobody_gets_further_than_their_role_and_their_unit(
    shipped: Shipped, desk: Flask, tips: dict[str, int]
) -> None:
    known = list(requests(desk, tips))
    wrong: list[str] = []
    counted: Counter[str] = Counter()

    def note(who: str, request: Request, answer: Answer, *, is_right: bool) -> None:
        counted[f"{answer.status // 100}xx"] += 1
        readers = {each.name for each in shipped.office.recipients.of_body(request.about)}
        if not is_right or (STORY in answer.text and who not in readers):
            wrong.append(f"{who}: {request.method} {request.path} → {answer.status}")

    stranger = shipped.stranger()
    for request in known:
        answer = sent(stranger, request)
        to_login = (answer.status, answer.headers.get("Location")) == (303, "/login")
        is_open = request.rule.endpoint in OPEN and answer.status < 500
        note("a stranger", request, answer, is_right=to_login or is_open)

    for name, member in shipped.office.members.items():
        clerk = shipped.enter(name)
        if member.passphrase:
            clerk.unlock()
        asked = [request for request in known if request.rule.endpoint not in OPEN]
        views = desk.view_functions
        allowed = [request for request in asked if member.role in allowed_roles(views[request.rule.endpoint])]
        before = stored(shipped)
        for request in asked:
            # A role that has no view is refused before anybody looks which tip it is.
            if request not in allowed and request.about in ("", ACCUSED):
                answer = sent(clerk, request)
                note(name, request, answer, is_right=answer.status == 403)
        if stored(shipped) != before:
            wrong.append(f"{name}: something was refused, and changed the database")
        # What ends the session or locks the key comes last.
        for request in sorted(allowed, key=lambda each: each.rule.endpoint.endswith(".delete")):
            answer = sent(clerk, request)
            if request.about == member.unit:
                # 404: for them there is no such tip. 423: without a key nobody opens any, of whatever unit.
                is_locked = not member.passphrase and answer.status == 423
                note(name, request, answer, is_right=answer.status == 404 or is_locked)
            elif request.method == "GET" and not request.rule.arguments:
                note(name, request, answer, is_right=answer.status == 200)
            else:
                note(name, request, answer, is_right=answer.status < 500)
    total = sum(counted.values())
    people = len(shipped.office.members) + 1
    print(f"\n{people} people, {total} requests, {len(wrong)} wrong; {dict(counted)}")
    assert not wrong, wrong
    assert total > 1000
    assert {member.role for member in shipped.office.members.values()} == set(Role)
