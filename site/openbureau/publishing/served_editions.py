"""Which editions of lists and registers the publication that is served has already."""

from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from openbureau.library.registers import Register
from openbureau.library.weighing.editions import NOTHING_SERVED, ServedEditions
from openbureau.library.whitelist.editions import Edition
from openbureau.publishing.publication import CATALOGUE
from openbureau.publishing.shelf_files import read_manifest, served_ids


def served_editions(shelf: Path) -> ServedEditions:
    """The editions in the served publication, whichever release built it: only names, days, digests and
    counts are asked of it. None where nothing is served, or that cannot be read."""
    served = served_ids(shelf)[:1]
    path = shelf.joinpath(*served, CATALOGUE)
    if not served or not path.is_file():
        return NOTHING_SERVED
    engine = create_engine(f"sqlite:///file:{path}?mode=ro&immutable=1&uri=true", hide_parameters=True)
    try:
        with Session(engine) as session:
            lists = session.execute(select(Edition.slug, Edition.sha256)).all()
            registers = session.execute(select(Register.slug, Register.editions)).all()
    except DatabaseError:
        return NOTHING_SERVED
    finally:
        engine.dispose()
    counts = frozenset(
        (name, edition["as_of"], edition["rows"], edition["events"].get("移出", 0))
        for name, editions in registers
        for edition in editions
    )
    is_weighed = "editions" in read_manifest(shelf / served[0])
    return ServedEditions(
        lists=frozenset((slug, digest) for slug, digest in lists),
        registers=counts if is_weighed else frozenset(),
        unweighed=frozenset() if is_weighed else frozenset((name, day) for name, day, _, _ in counts),
    )
