"""Rate and volume: what one visitor may send, and that nobody is shut out by what is refused."""

import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

import lxml.html  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from openbureau.public.tips import uploads
from openbureau.public.tips.gate import Gate, GateRefused
from openbureau.tips.casework import submitter_actions
from openbureau.tips.form import rate_limit
from openbureau.tips.sealing import Sealer, SealingFailed
from support.attachment_makers import pdf
from support.site import Clock, Keys
from support.tip_client import (
    ANONYMOUS,
    code_in,
    encoded,
    fields_in,
    last_page,
    ready,
    send,
    solved,
    stored,
    submit,
)


def bad_file() -> tuple[io.BytesIO, str]:
    return io.BytesIO(b"MZ" + bytes(100)), "程序.exe"


def good_file(data: bytes = b"") -> tuple[io.BytesIO, str]:
    return io.BytesIO(data or pdf()), "决定书.pdf"


def by_hand(client: FlaskClient, clock: Clock) -> dict[str, Any]:
    """What somebody without scripts sends from the last page."""
    page = last_page(client)
    label = lxml.html.fromstring(page.text).xpath("string(//label[@for='answer'])").strip()
    total = sum("零一二三四五六七八九".index(letter) for letter in (label[0], label[2]))
    clock.now += timedelta(seconds=20)
    return {**fields_in(page), **ANONYMOUS, "answer": str(total)}


def test_refused_files_do_not_close_the_way_without_scripts(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock
) -> None:
    for _ in range(rate_limit.PLAIN_BURST + 5):
        assert send(client, by_hand(client, clock), [bad_file()]).status_code == 422
    assert stored(app) == 0
    assert code_in(send(client, by_hand(client, clock), [good_file()]))


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_form_that_comes_back_for_its_file_keeps_its_puzzle_solved(
    client: FlaskClient, keys: Keys, clock: Clock, has_scripts: bool
) -> None:
    form = ready(client) if has_scripts else by_hand(client, clock)
    refused = send(client, form, [bad_file()])
    fields = fields_in(refused)
    assert fields["challenge"] == form["challenge"]
    assert (fields["proof"], fields["answer"]) == (
        (form["proof"], "") if has_scripts else ("", form["answer"])
    )
    assert code_in(send(client, fields, [good_file()]))


def test_a_solved_puzzle_is_good_for_its_own_form_alone(client: FlaskClient, app: Flask, keys: Keys) -> None:
    first, second = ready(client), ready(client)
    stolen = {**second, "challenge": first["challenge"], "proof": first["proof"]}
    assert send(client, stolen).status_code == 422
    assert stored(app) == 0


class Counter(NamedTuple):
    """A clock that stands."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def test_fifty_at_once_get_as_many_places_as_there_are() -> None:
    gate = Gate(0, Counter())

    def store(_: int) -> bool:
        try:
            with gate.storing(is_plain=True):
                return True
        except GateRefused:
            return False

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(store, range(50))) == rate_limit.PLAIN_BURST


def test_what_is_not_stored_gives_its_place_back() -> None:
    gate = Gate(0, Counter())
    for _ in range(rate_limit.PLAIN_BURST * 3):
        with pytest.raises(OSError, match="full"), gate.storing(is_plain=True):
            raise OSError("full")
    with gate.storing(is_plain=True):
        pass


def say(client: FlaskClient, page: TestResponse, text: str, *files: Any, proof: str = "") -> TestResponse:
    """Add something on the page of progress, its puzzle solved or as it is given."""
    fields = fields_in(page)
    proof = proof or (solved(fields["challenge"]) if "challenge" in fields else "")
    form = {**fields, "text": text, "proof": proof, "files": list(files)}
    boundary, body = encoded(form)
    content_type = f"multipart/form-data; boundary={boundary}"
    return client.post("/tip-off/status/say", data=body, content_type=content_type)


@pytest.fixture
def progress(client: FlaskClient, keys: Keys) -> TestResponse:
    return client.post("/tip-off/status", data={"code": code_in(submit(client))})


def added(answer: TestResponse) -> bool:
    return answer.status_code == 200 and "已经收到" in answer.text


@pytest.fixture
def much(client: FlaskClient, progress: TestResponse, monkeypatch: pytest.MonkeyPatch) -> TestResponse:
    """The page of a tip that has as many bytes as one puzzle is good for."""
    monkeypatch.setattr(submitter_actions, "MAX_UNPROVED_BYTES", 200_000)
    assert 'name="challenge"' not in progress.text
    long = good_file(pdf(b"%" + b"x" * 150_000))
    page = client.post(
        "/tip-off/status/say",
        data={**fields_in(progress), "text": "很多", "files": long},
        content_type="multipart/form-data",
    )
    assert added(page)
    return page


def test_one_puzzle_is_no_ticket_for_all_the_room_there_is(
    client: FlaskClient, progress: TestResponse
) -> None:
    code = fields_in(progress)["code"]
    stored_files = 0
    for number in range(10):
        files = [good_file(pdf(b"%" + b"x" * 8_000_000)) for _ in range(3)]
        boundary, body = encoded({"code": code, "text": f"第{number}次", "files": files})
        answer = client.post(
            "/tip-off/status/say", data=body, content_type=f"multipart/form-data; boundary={boundary}"
        )
        stored_files += 3 * added(answer)
    assert stored_files == 3
    assert lxml.html.fromstring(answer.text).xpath("//*[@id='answer']")


def test_each_message_with_files_has_a_puzzle_of_its_own(client: FlaskClient, much: TestResponse) -> None:
    fields = fields_in(much)
    proof = solved(fields["challenge"])
    answers = [say(client, much, f"第{number}次", good_file(), proof=proof) for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 422, 422, 422]
    # What is written is still there, with a puzzle that fits.
    assert "第4次" in answers[-1].text
    assert added(say(client, answers[-1], "第4次", good_file()))


def test_words_alone_need_no_puzzle_and_files_without_one_are_refused(
    client: FlaskClient, much: TestResponse
) -> None:
    assert added(say(client, much, "只有文字", proof="x"))
    refused = say(client, much, "有文件", good_file(), proof="x")
    assert refused.status_code == 422
    assert lxml.html.fromstring(refused.text).xpath("//*[@id='answer-error']")


def test_a_refused_file_keeps_the_puzzle_of_a_message_solved(client: FlaskClient, much: TestResponse) -> None:
    refused = say(client, much, "补充", bad_file())
    assert (refused.status_code, fields_in(refused)["challenge"]) == (422, fields_in(much)["challenge"])
    assert added(say(client, refused, "补充", good_file(), proof=fields_in(refused)["proof"]))


def test_so_many_messages_a_day_and_the_next_day_again(
    client: FlaskClient, progress: TestResponse, clock: Clock
) -> None:
    for number in range(submitter_actions.MAX_MESSAGES_A_DAY):
        assert added(say(client, progress, f"第{number}次"))
    refused = say(client, progress, "再一次")
    assert (refused.status_code, "请明天再来" in refused.text) == (422, True)
    assert "再一次" in refused.text
    clock.now += timedelta(days=1)
    assert added(say(client, progress, "再一次"))


def test_files_of_one_tip_have_a_bound_that_is_told_before_they_are_read(
    client: FlaskClient, progress: TestResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f"最多{submitter_actions.MAX_TIP_FILES}个文件" in progress.text
    assert f"最多{submitter_actions.MAX_TIP_FILES}个文件" in last_page(client).text
    monkeypatch.setattr(submitter_actions, "MAX_TIP_FILES", 3)
    page = say(client, progress, "两个", good_file(), good_file())
    assert added(page)
    refused = say(client, page, "又是两个", good_file(), good_file())
    assert (refused.status_code, "当面、邮寄交来" in refused.text) == (422, True)
    page = say(client, refused, "一个", good_file())
    assert added(page)

    def touched(*_: object, **__: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(uploads, "seal_file", touched)
    assert say(client, page, "再一个", good_file()).status_code == 422


def test_bytes_of_one_tip_have_a_bound(
    client: FlaskClient, progress: TestResponse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitter_actions, "MAX_TIP_BYTES", 200_000)
    page = say(client, progress, "一", good_file())
    assert added(page)
    refused = say(client, page, "二", good_file(pdf(b"%" + b"x" * 150_000)))
    assert (refused.status_code, "放不下" in refused.text) == (422, True)


def test_the_reserve_of_the_disk_counts_what_is_being_uploaded(
    client: FlaskClient, app: Flask, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ready(client)
    settings = app.extensions["openbureau"].settings
    total = 10_000_000_000
    reserve = max(settings.reserve_mb * 1_000_000, total * settings.reserve_percent // 100)
    incoming = uploads.MAX_UPLOADS_AT_ONCE * uploads.MAX_REQUEST_BYTES
    usage = shutil.disk_usage("/")._replace(total=total, free=reserve + incoming - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    refused = send(client, form, [good_file()])
    assert (refused.status_code, stored(app)) == (503, 0)
    # A tip without files still finds room.
    assert code_in(send(client, {**fields_in(refused), "proof": form["proof"]}))


def test_a_tip_that_cannot_be_sealed_spends_nothing(
    client: FlaskClient, app: Flask, keys: Keys, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise SealingFailed("no")

    with monkeypatch.context() as broken:
        for _ in range(rate_limit.PLAIN_BURST + 1):
            form = by_hand(client, clock)
            broken.setattr(Sealer, "seal", fail)
            assert send(client, form).status_code == 503
            broken.undo()
    assert stored(app) == 0
    assert code_in(send(client, by_hand(client, clock)))
