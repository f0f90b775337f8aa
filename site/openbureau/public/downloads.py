"""Files to download: CSV and XLSX for office programs, JSON for programs. The same for every list.

Those with all records lie in the publication and are sent from there; those of what somebody chose are made
on request, in turn.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from openbureau.formats.csv_table import csv_file
from openbureau.formats.json_text import json_text
from openbureau.formats.xlsx_table import TableCell, xlsx_file
from openbureau.public.throttle import turn
from openbureau.publishing.downloads.stored import (
    CHUNK_BYTES,
    StoredFile,
    read_chunks,
    workbook_at,
)
from openbureau.publishing.downloads.tables import Table
from openbureau.web import publication, root_url, today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
JSON = "application/json; charset=utf-8"
CONTENT_TYPES = {"csv": CSV, "xlsx": XLSX, "json": JSON}

MAX_KEPT_BYTES = 1024 * 1024
"""A file that is made on request and larger than this is in no memory, and is made again when asked again."""

_ONE_RANGE = re.compile(r"bytes=([0-9]{1,18}-([0-9]{1,18})?|-[0-9]{1,18})", re.ASCII)
"""The ranges that are answered; others are ignored, as RFC 9110 (14.2) allows."""


class StoredResponse(Response):
    """A file of the publication: its tag is that of its bytes, whatever else is published."""


def office_table(name: str, headings: Sequence[str], rows: Iterable[Sequence[TableCell]]) -> Response:
    """A CSV file or a workbook called `name`, as the name ends."""
    data = (xlsx_file if name.endswith(".xlsx") else csv_file)(headings, rows)
    return _named(Response(data, content_type=CONTENT_TYPES[_form(name)]), name)


def json_document(document: Any, *, status: int = 200) -> Response:
    """A JSON document for programs."""
    return Response(json_text(document), status, content_type=JSON)


def stored(place: str, name: str) -> Response | None:
    """The file at this place in the publication, called `name`: whole, a part of it, or 304.

    None if the publication has none, as those of earlier releases, or none that holds today.
    """
    root = root_url()
    file = publication().downloads.get(place, root, today())
    if file is None:
        return None
    # A site without an address of its own is told the one that the visitor used.
    is_own = publication().downloads.root == root
    digest = file.digest if is_own else sha256(f"{file.digest} {root}".encode()).hexdigest()
    response = _named(StoredResponse(content_type=CONTENT_TYPES[_form(name)]), name)
    response.last_modified = datetime.fromtimestamp(file.files[0].stat().st_mtime, UTC)
    if file.codings and file.size > MAX_KEPT_BYTES:
        return _sent_from(file, response, digest, root, next(_accepted(file), "") if is_own else "")
    if file.codings:
        data = b"".join(file.chunks_at(root))
        return _conditional(response, digest, "", len(data), [data])
    if is_own and file.size > MAX_KEPT_BYTES:
        response.direct_passthrough = True
        return _conditional(response, digest, "", file.size, read_chunks(file.files[0]))
    if is_own:
        return _conditional(response, digest, "", file.size, [file.files[0].read_bytes()])
    with turn("download"):
        workbook = workbook_at(file, root)
    size = _size(workbook)
    if size <= MAX_KEPT_BYTES:
        with workbook:
            return _conditional(response, digest, "", size, [workbook.read()])
    response.direct_passthrough = True
    try:
        return _closed(_conditional(response, digest, "", size, FileWrapper(workbook, CHUNK_BYTES)), workbook)
    except RequestedRangeNotSatisfiable:
        workbook.close()
        raise


def _sent_from(file: StoredFile, response: Response, digest: str, root: str, coding: str) -> Response:
    """The response with a long text: as it is stored in a coding, or plain."""
    response.direct_passthrough = True
    response.vary.add("Accept-Encoding")
    if not coding:
        return _conditional(response, digest, "", file.size_at(root), file.chunks_at(root))
    path = file.coded(coding)
    response.headers["Content-Encoding"] = coding
    return _conditional(response, digest, coding, path.stat().st_size, read_chunks(path))


def made(table: Table, name: str) -> Response:
    """The file of a table that was made for this request, called `name`; call it in a turn.

    It is sent whole: a range of what is not kept would be made for a part of it only.
    """
    file = cast(IO[bytes], SpooledTemporaryFile(MAX_KEPT_BYTES))  # noqa: SIM115 -- it is sent later
    table.write(_form(name), file)
    size = _size(file)
    if size <= MAX_KEPT_BYTES:
        with file:
            return _named(Response(file.read(), content_type=CONTENT_TYPES[_form(name)]), name)
    response = Response(
        FileWrapper(file, CHUNK_BYTES), content_type=CONTENT_TYPES[_form(name)], direct_passthrough=True
    )
    response.content_length = size
    return _closed(_named(response, name), file)


def _conditional(
    response: Response, digest: str, coding: str, size: int, chunks: Iterable[bytes]
) -> Response:
    """The response with that body: to a client that has it 304, else the part of it that is asked for."""
    tag = digest[:20]
    own_tag = f"{tag}-{coding}" if coding else tag
    response.set_etag(own_tag)
    response.response, response.content_length = chunks, size
    environ = dict(request.environ)
    # The cache before the application knows the tag of a file, and not those of its codings.
    known = environ.pop("HTTP_IF_NONE_MATCH", "").replace(f'"{tag}"', f'"{own_tag}"')
    if known:
        environ["HTTP_IF_NONE_MATCH"] = known
    has_parts = "HTTP_RANGE" not in environ or _ONE_RANGE.fullmatch(environ["HTTP_RANGE"])
    response.make_conditional(environ, accept_ranges="bytes" if has_parts else False, complete_length=size)
    return response


def _accepted(file: StoredFile) -> Iterator[str]:
    """The codings of the file that the client takes, the best first."""
    weights = {coding: request.accept_encodings.quality(coding) for coding in file.codings}
    return (coding for coding in sorted(weights, key=lambda coding: -weights[coding]) if weights[coding] > 0)


def _closed(response: Response, file: IO[bytes]) -> Response:
    """The response; of one without a body nobody closes the file later."""
    if request.method == "HEAD" or response.status_code == 304:
        file.close()
    return response


def _size(file: IO[bytes]) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _named(response: Response, name: str) -> Response:
    if _form(name) != "json":
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _form(name: str) -> str:
    return name.rpartition(".")[2]
