"""Visitors and staff who ask the shipped doors through nginx, each on a connection that is kept open."""

import time
import weakref
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode

import lxml.html  # type: ignore[import-untyped]
import pyotp

from openbureau.desk.cookie import COOKIE, KNOWN_COOKIE
from openbureau.staff import Role
from openbureau.staff.second_factor import STEP_SECONDS
from support.nginx import DESK, HOST, DeskConnection, NamedConnection
from support.waiting import PATIENCE_SECONDS

FORM = "application/x-www-form-urlencoded"


@dataclass
class Answer:
    """What a door said."""

    status: int
    headers: Message
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode("utf-8", "replace")


class Browser:
    """Somebody at the public site, who comes from an address of this machine."""

    host = HOST
    connection: type[NamedConnection] = NamedConnection

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.address = address
        self._line = self.connection("127.0.0.1", port, timeout=PATIENCE_SECONDS, source_address=(address, 0))
        weakref.finalize(self, self._line.close)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page."""
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, data: dict[str, Any] | None = None) -> Answer:
        """Send a form."""
        return self.ask("POST", path, urlencode(data or {}, doseq=True).encode(), {"Content-Type": FORM})

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask anything, on the open connection; on a new one if the other side has closed it by now."""
        sent = {"Host": self.host} | (headers or {})
        for is_last in (False, True):
            try:
                self._line.request(method, quote(path, safe="/?=&%+"), body, sent)
                answer = self._line.getresponse()
                data = answer.read()
            except (HTTPException, OSError):
                self._line.close()
                if is_last:
                    raise
                continue
            return Answer(answer.status, answer.headers, data)
        raise AssertionError("never reached")


@dataclass
class MemberOfStaff:
    """An account of the office: how one comes in, and which codes of the second factor are used up."""

    name: str
    role: Role
    unit: str
    password: str
    shared: str
    passphrase: str = ""
    last_step: int = 0

    def code(self) -> str:
        """The next code that was not used; waits for it where three were used within a minute."""
        present = int(time.time()) // STEP_SECONDS
        step = max(self.last_step + 1, present - 1)
        if step > present + 1:
            time.sleep((step - 1) * STEP_SECONDS - time.time())
        self.last_step = step
        return pyotp.TOTP(self.shared).at(step * STEP_SECONDS)


class Clerk(Browser):
    """Somebody at the desk: a member of staff, or a stranger."""

    host = DESK
    connection = DeskConnection

    def __init__(self, port: int, address: str = "127.0.0.1", member: MemberOfStaff | None = None) -> None:
        super().__init__(port, address)
        self.member = member
        self.cookie = self.known_cookie = ""
        self.form_token = ""

    def log_in(self, **changes: str) -> Answer:
        """Fill in the login form, with `changes`."""
        assert self.member
        fields = {"name": self.member.name, "password": self.member.password, **changes}
        return self.ask_form("/login", fields if "code" in fields else fields | {"code": self.member.code()})

    def unlock(self) -> None:
        """Unlock the key with its passphrase."""
        assert self.member
        answer = self.post("/unlock", {"passphrase": self.member.passphrase})
        assert answer.status == 303, answer.text

    def post(self, path: str, data: dict[str, Any] | None = None) -> Answer:
        """Send a form of a page of the desk, with the token that stands in all of them."""
        return self.ask_form(path, {"form_token": self.form_token, **(data or {})})

    def ask_form(self, path: str, fields: dict[str, Any]) -> Answer:
        """Send just these fields."""
        return self.ask("POST", path, urlencode(fields, doseq=True).encode(), {"Content-Type": FORM})

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Ask anything, with the cookies; new ones are kept, with a session's the token of its forms, too."""
        cookies = {COOKIE: self.cookie, KNOWN_COOKIE: self.known_cookie}
        pairs = [f"{name}={value}" for name, value in cookies.items() if value]
        cookie = {"Cookie": "; ".join(pairs)} if pairs else {}
        answer = super().ask(method, path, body, cookie | (headers or {}))
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            if name == KNOWN_COOKIE:
                self.known_cookie = value
            if name == COOKIE:
                self.cookie = value
                self.form_token = self._read_form_token() if value else ""
        return answer

    def _read_form_token(self) -> str:
        page = lxml.html.fromstring(super().ask("GET", "/", None, {"Cookie": f"{COOKIE}={self.cookie}"}).text)
        return str(page.xpath("string(//input[@name='form_token']/@value)"))
