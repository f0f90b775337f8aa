"""What is wrong with a file of `content/`, said so that its author can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault of one content file.

    `file` is the path below `content/`; `place` is the line (`12`) or the cell (`清城区!C73`), empty
    when the whole file is meant; `what` says what is wrong and `mend` how to put it right. A problem
    that `stops` refuses the publication; the others are told and published.
    """

    file: str
    place: str
    what: str
    mend: str
    stops: bool = True

    def __str__(self) -> str:
        where = f"{self.file}:{self.place}" if self.place else self.file
        return f"{where}: {self.what}; {self.mend}"
