"""Files of many records: made when publishing, linked while nothing changed, sent from where they lie."""

import csv
import gzip
import io
import json
import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import brotli
import openpyxl
import pytest

from openbureau.app import create_app
from openbureau.config import Settings
from openbureau.public import downloads, throttle
from openbureau.publishing.build import publish
from openbureau.publishing.downloads.tables import Table
from openbureau.publishing.publication import Shelf
from support.makers import PENALTIES, PENALTY, set_fields, write_register
from support.site import CONTENT, Clock
from support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.builds_itself

URL = "https://bureau.example"
LIST = "/whitelist/list"
WHOLE = (
    f"{LIST}.csv",
    f"{LIST}.xlsx",
    f"{LIST}.json",
    "/whitelist/editions/2024-06-30/rows.csv",
    "/whitelist/editions/2024-06-30/rows.xlsx",
    "/whitelist/editions/2024-06-30/rows.json",
    "/whitelist/changes/2024-06-30/2024-09-30-441803/changes.csv",
    "/whitelist/changes/2024-06-30/2024-09-30-441803/changes.xlsx",
    "/whitelist/changes/2024-06-30/2024-09-30-441803/changes.json",
    "/registers/penalties/list.csv",
    "/registers/penalties/list.json",
)


class House:
    """A site that publishes for itself; `url` is its own address, if it has one."""

    def __init__(self, folder: Path, url: str = URL, prefix: str = "") -> None:
        self.content = Path(shutil.copytree(CONTENT, folder / "content"))
        self.settings = Settings(
            self.content, folder, f"sqlite:///{folder / 'tips.db'}", url=url, url_prefix=prefix
        )
        (folder / "secret.key").write_bytes(b"s" * 32)
        self.clock = Clock()
        self.root = url and url + prefix
        write_register(
            self.content, "penalties", PENALTIES, {"2025-12-31": [PENALTY | {"案件名称": "示例案"}]}
        )
        self.publish()
        self.client = create_app(self.settings, clock=self.clock).test_client()

    def publish(self) -> Path:
        shelf = Shelf(self.settings.publications)
        name = publish(self.content, shelf, root=self.root, now=self.clock.now).id
        return shelf.folder / name

    def get(self, path: str, **headers: str) -> bytes:
        answer = self.client.get(path, headers=headers, buffered=True)
        assert answer.status_code == 200, path
        return answer.data


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def files(folder: Path) -> dict[str, int]:
    """The inode of each stored file."""
    lying = (path for path in (folder / "downloads").rglob("*.*") if path.name != "index.json")
    return {path.relative_to(folder).as_posix(): path.stat().st_ino for path in lying}


def never(*_: object) -> None:
    raise AssertionError("a file of many records was made by a request")


def test_no_request_makes_a_file_of_all_records(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Table, "write", never)
    for query in ("", "?x=1", "?listed=在名单内", "?x=%E4%B8%AD&y=2"):
        for path in WHOLE:
            address = path if query.startswith("?listed") and LIST not in path else path + query
            assert house.get(address), address
            assert house.client.get(address, headers={"Range": "bytes=0-9"}).status_code == 206, address


def without_files(folder: Path) -> None:
    """Make of a publication one of an earlier release, which had no such files."""
    shutil.rmtree(folder / "downloads")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {
        name: digest for name, digest in manifest["files"].items() if not name.startswith("downloads/")
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def told(path: str, data: bytes) -> object:
    """What a file says, whatever its bytes are."""
    if not path.endswith("xlsx"):
        return data
    (sheet,) = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    return [[cell.value for cell in row] for row in sheet.rows]


@pytest.mark.parametrize("kept_bytes", [0, downloads.MAX_KEPT_BYTES], ids=["from its place", "small"])
@pytest.mark.parametrize(("url", "prefix"), [(URL, ""), (URL, "/zwgk"), ("", "")])
def test_a_stored_file_says_what_is_made_on_request_for_a_publication_of_an_earlier_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, prefix: str, kept_bytes: int
) -> None:
    monkeypatch.setattr(downloads, "MAX_KEPT_BYTES", kept_bytes)
    house = House(tmp_path, url, prefix)
    stored = {path: told(path, house.get(prefix + path)) for path in WHOLE}
    assert all(b"site.invalid" not in data for data in stored.values() if isinstance(data, bytes))
    without_files(house.publish())
    earlier = create_app(house.settings, clock=house.clock).test_client()
    for path, data in stored.items():
        answer = earlier.get(prefix + path, headers={"Range": "bytes=0-9"}, buffered=True)
        assert answer.status_code == 200, f"{path}: what is made on request is sent whole"
        assert told(path, answer.data) == data, path


@pytest.mark.parametrize("kept_bytes", [0, downloads.MAX_KEPT_BYTES], ids=["from its place", "small"])
@pytest.mark.parametrize("url", [URL, ""], ids=["own address", "any address"])
@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_of_a_stored_file_a_part_the_head_and_the_news_of_no_change_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, kept_bytes: int, form: str
) -> None:
    monkeypatch.setattr(downloads, "MAX_KEPT_BYTES", kept_bytes)
    house = House(tmp_path, url)
    path = f"{LIST}.{form}"
    whole = house.client.get(path, buffered=True)
    size = len(whole.data)
    for asked, part in (
        ("bytes=0-0", whole.data[:1]),
        ("bytes=5-20", whole.data[5:21]),
        (f"bytes={size - 3}-", whole.data[-3:]),
        ("bytes=-7", whole.data[-7:]),
    ):
        answer = house.client.get(path, headers={"Range": asked}, buffered=True)
        assert (answer.status_code, answer.data) == (206, part), asked
        assert answer.headers["ETag"] == whole.headers["ETag"]
    resumed = {"Range": "bytes=5-", "If-Range": whole.headers["ETag"]}
    assert house.client.get(path, headers=resumed, buffered=True).data == whole.data[5:]
    other = {"Range": "bytes=5-", "If-Range": '"another"'}
    assert house.client.get(path, headers=other, buffered=True).data == whole.data
    assert house.client.get(path, headers={"Range": f"bytes={size}-"}).status_code == 416
    for ignored in ("bytes=0-1,4-5", "lines=1-2", "bytes=x"):
        answer = house.client.get(path, headers={"Range": ignored}, buffered=True)
        assert (answer.status_code, answer.data) == (200, whole.data), ignored
    assert whole.last_modified
    for known in (
        {"If-None-Match": whole.headers["ETag"]},
        {"If-Modified-Since": whole.headers["Last-Modified"]},
    ):
        answer = house.client.get(path, headers=known, buffered=True)
        assert (answer.status_code, answer.data) == (304, b""), known
        assert answer.headers["ETag"] == whole.headers["ETag"]
    head = house.client.head(path)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == str(size)


@pytest.mark.parametrize(("coding", "decode"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_stored_text_is_sent_as_it_was_compressed_when_publishing(
    house: House, monkeypatch: pytest.MonkeyPatch, coding: str, decode: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(downloads, "MAX_KEPT_BYTES", 0)
    for path in (f"{LIST}.csv", f"{LIST}.json"):
        plain = house.client.get(path, buffered=True)
        answer = house.client.get(path, headers={"Accept-Encoding": coding}, buffered=True)
        assert answer.headers["Content-Encoding"] == coding
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert decode(answer.data) == plain.data
        assert answer.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
        ends = {"csv": "br", "json": "br"} if coding == "br" else {"csv": "gz", "json": "gz"}
        (lying,) = house.settings.publications.glob(f"*/downloads{path}.{ends[path.rpartition('.')[2]]}")
        assert lying.read_bytes() == answer.data
        known = {"Accept-Encoding": coding, "If-None-Match": answer.headers["ETag"]}
        assert house.client.get(path, headers=known).status_code == 304
        part = house.client.get(
            path, headers={"Accept-Encoding": coding, "Range": "bytes=2-9"}, buffered=True
        )
        assert (part.status_code, part.data) == (206, answer.data[2:10])


def test_publishing_a_document_makes_no_file_of_the_list_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, tag = files(house.publish()), house.client.get(f"{LIST}.csv").headers["ETag"]
    assert before
    set_fields(house.content / "notices" / "loans.md", title="另一个标题")
    monkeypatch.setattr(Table, "write", never)
    assert files(house.publish()) == before
    # Who has the list has it also after the publication, and on the next day.
    house.clock.now += timedelta(days=1)
    assert house.client.get(f"{LIST}.csv", headers={"If-None-Match": tag}).status_code == 304


def test_another_whitelist_and_another_register_make_their_files_anew(house: House) -> None:
    before = files(house.publish())
    (file,) = (house.content / "whitelist").glob("2024-09-30-441803.*")
    file.unlink()
    after = files(house.publish())
    same = {name for name, inode in after.items() if before.get(name) == inode}
    assert "downloads/registers/penalties/list.csv.gz" in same
    assert "downloads/whitelist/editions/2024-06-30/rows.xlsx.plain" in same, "an edition stands for itself"
    assert "downloads/whitelist/list.json.br" not in same


def test_a_stored_file_that_was_damaged_is_made_anew_and_not_linked(house: House) -> None:
    folder = house.publish()
    good = (folder / "downloads" / "whitelist" / "list.xlsx.plain").read_bytes()
    (folder / "downloads" / "whitelist" / "list.xlsx.plain").write_bytes(b"damaged")
    set_fields(house.content / "notices" / "loans.md", title="另一个标题")
    assert (house.publish() / "downloads" / "whitelist" / "list.xlsx.plain").read_bytes() == good


def test_another_address_of_the_site_makes_the_files_anew(house: House) -> None:
    house.root = "https://other.example"
    folder = house.publish()
    text = gzip.decompress((folder / "downloads" / "whitelist" / "list.json.gz").read_bytes()).decode()
    assert "https://other.example/whitelist/" in text
    assert URL not in text


def test_an_entry_whose_display_ends_leaves_the_file_on_that_day(house: House) -> None:
    path = "/registers/penalties/list.csv"
    assert "示例案" in house.get(path).decode()
    house.clock.now += timedelta(days=365)
    assert "示例案" not in house.get(path).decode()
    house.publish()
    house.clock.now -= timedelta(days=365)
    assert "示例案" in house.get(path).decode()


def test_no_column_of_the_list_follows_the_day(house: House) -> None:
    before = {path: told(path, house.get(path)) for path in WHOLE if path.startswith("/whitelist")}
    house.clock.now += timedelta(days=3_650)
    without_files(house.publish())
    later = create_app(house.settings, clock=house.clock).test_client()
    for path, data in before.items():
        assert told(path, later.get(path, buffered=True).data) == data, path


def test_the_files_name_the_pages_of_the_site(house: House) -> None:
    (lines := csv.DictReader(io.StringIO(house.get(f"{LIST}.csv").decode("utf-8-sig"))))
    for line in lines:
        assert house.client.get(line["本站网页"].removeprefix(URL)).status_code == 200
    document = json.loads(house.get(f"{LIST}.json"))
    assert house.client.get(document["url"].removeprefix(URL)).status_code == 200
    (entry,) = json.loads(house.get("/registers/penalties/list.json"))["entries"]
    assert house.client.get(entry["url"].removeprefix(URL)).status_code == 200


def test_a_narrowed_file_that_is_long_is_in_no_cache_and_takes_a_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MAX_KEPT_BYTES", 0)
    monkeypatch.setattr(throttle, "PATIENCE", 0.01)
    inside, leave = threading.Event(), threading.Event()
    really = Table.write
    times: list[str] = []

    def slow(table: Table, form: str, file: io.BytesIO) -> None:
        times.append(form)
        if len(times) == 1:
            inside.set()
            leave.wait(PATIENCE_SECONDS)
        really(table, form, file)

    monkeypatch.setattr(Table, "write", slow)
    first = threading.Thread(target=house.get, args=[f"{LIST}.csv?county=清新区"])
    first.start()
    assert inside.wait(PATIENCE_SECONDS)
    try:
        refused = house.client.get(f"{LIST}.csv?county=英德市")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == str(throttle.RETRY_AFTER)
        assert "请稍后再来" in refused.text
        assert house.client.get(f"{LIST}.csv").status_code == 200, "a stored file takes no turn"
        assert house.client.get("/search?q=退费").status_code == 200, "a search has turns of its own"
    finally:
        leave.set()
        first.join(PATIENCE_SECONDS)
    assert house.get(f"{LIST}.csv?county=清新区") == house.get(f"{LIST}.csv?county=清新区")
    assert times == ["csv"] * 3, "each time it is made anew, and none of it is kept"
