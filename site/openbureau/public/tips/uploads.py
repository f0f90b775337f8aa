"""Reading a form with files from the connection, front to back: first its fields, then file after file.

Nothing of a file is touched before the fields have been judged, and its bytes go straight on to whoever seals
them: no plaintext is buffered whole, in memory or in a file.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import chain
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from types import MappingProxyType

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, NeedData

from openbureau.public.tips.availability import check_room
from openbureau.tips.casework.submitter_actions import MAX_TIP_BYTES, MAX_TIP_FILES
from openbureau.tips.sealing import Sealer
from openbureau.tips.sealing.file_types import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, FileRefused
from openbureau.tips.sealing.files import UNNAMED, SealedFile, seal_file
from openbureau.web.form_data import TolerantDecoder, decoded

MAX_REQUEST_BYTES = MAX_TOTAL_BYTES + 256 * 1024
"""Of a request: the files and the form around them."""

MAX_READ_BYTES = 64 * 1024 * 1024
"""A longer request is cut off. Up to this length the rest is read and thrown away, so that the browser gets
to the answer, in which everything typed is kept."""

UPLOAD_LIMITS: Mapping[str, int] = MappingProxyType(
    {
        "files": MAX_FILES,
        "file_mb": MAX_FILE_BYTES // 2**20,
        "together_mb": MAX_TOTAL_BYTES // 2**20,
        "tip_files": MAX_TIP_FILES,
        "tip_mb": MAX_TIP_BYTES // 2**20,
    }
)
"""What whoever chooses files is told first."""

MAX_UPLOADS_AT_ONCE = 4
"""Files of this many visitors are received at the same time by one process."""

_PIECE_BYTES = 64 * 1024
_MAX_PARTS = 200

_places = BoundedSemaphore(MAX_UPLOADS_AT_ONCE)


class Busy(Exception):
    """As many visitors as may are sending files already."""


class TooLong(Exception):
    """The files together are longer than they may be."""


class Upload:
    """One form, whichever way it is sent. `fields` are those before the first file."""

    def __init__(self) -> None:
        """Read the fields of the current request. Raises BadRequest and RequestEntityTooLarge."""
        self.fields: MultiDict[str, str] = MultiDict()
        self._length = 0
        self._file: File | None = None
        self._ended = True
        if request.mimetype != "multipart/form-data":
            self.fields.update(request.form)
            return
        max_field_bytes = request.max_form_memory_size
        self._ended = False
        request.max_content_length = MAX_READ_BYTES
        self._stream = request.stream
        boundary = request.mimetype_params.get("boundary", "").encode("ascii", "replace")
        self._decoder = TolerantDecoder(boundary, max_field_bytes, max_parts=_MAX_PARTS)
        self._to_next_file(max_field_bytes or MAX_REQUEST_BYTES)

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Name and pieces of each file, to be read in order. Raises TooLong and BadRequest."""
        number = 0
        while self._file is not None:
            pieces = self._pieces()
            first = next(pieces, b"")
            # A browser sends a field in which nothing was chosen as a file without name and content.
            if self._file.filename or first:
                number += 1
                yield self._file.filename or f"{UNNAMED}{number}", chain([first], pieces)
            for _ in pieces:
                pass
            self._to_next_file(0)

    def skip_rest(self) -> None:
        """Read to the end and forget: a browser hears no answer before it has sent everything."""
        while not self._ended:
            self._ended = not self._stream.read(_PIECE_BYTES)

    def _to_next_file(self, max_field_bytes: int) -> None:
        self._file = None
        left = max_field_bytes
        while not isinstance(event := self._event(), Epilogue):
            match event:
                case File():
                    self._file = event
                    return
                case Field() if max_field_bytes:
                    value = b"".join(self._pieces())
                    left -= len(value)
                    if left < 0:
                        raise RequestEntityTooLarge
                    self.fields.add(event.name, decoded(value))
                case Field():
                    raise BadRequest("a field after a file")
        self._ended = True

    def _pieces(self) -> Iterator[bytes]:
        while True:
            event = self._event()
            if not isinstance(event, Data):
                raise BadRequest("a part without an end")
            if event.data:
                yield bytes(event.data)
            if not event.more_data:
                return

    def _event(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                data = self._stream.read(_PIECE_BYTES)
                self._length += len(data)
                if self._length > MAX_REQUEST_BYTES:
                    raise TooLong
                self._decoder.receive_data(data or None)
        except ValueError as error:
            raise BadRequest("no whole form") from error
        return event


@contextmanager
def sealed_files(
    upload: Upload, sealer: Sealer, *, keep_originals: bool, admit: Callable[[], None] = lambda: None
) -> Iterator[list[SealedFile]]:
    """The files of an upload, each sealed as it came in; they are gone when the block ends. `admit` is asked
    before the first one, and may raise whatever it likes.

    Raises Busy, TooLong, FileRefused, SealingFailed and, without room on the disk, ServiceUnavailable; the
    rest of the upload is then still to be skipped.
    """
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise TooLong
    with ExitStack() as stack:
        files: list[SealedFile] = []
        for name, pieces in upload.files():
            if not files:
                admit()
                if not _places.acquire(blocking=False):
                    raise Busy
                stack.callback(_places.release)
                # As many as may be under way grow at the same time, each in a temporary file at first.
                check_room(MAX_UPLOADS_AT_ONCE * MAX_REQUEST_BYTES)
            if len(files) == MAX_FILES:
                raise FileRefused(f"最多上传{MAX_FILES}个文件，请减少后重新选择。")
            out = stack.enter_context(TemporaryFile())
            files.append(seal_file(name, pieces, sealer, out, keep_original=keep_originals))
        yield files
