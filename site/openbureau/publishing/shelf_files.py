"""The pointer and the manifests of a shelf, read with nothing but the standard library: a clock may ask every
minute."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

POINTER = "pointer"
MANIFEST = "manifest.json"
HELD = ".held"
"""There after somebody went back to an earlier publication, until somebody publishes: the clock must not."""


def served_ids(shelf: Path) -> list[str]:
    """Ids by the time they were switched to, the newest first; the first is being served."""
    try:
        return (shelf / POINTER).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []


def vectors_of(shelf: Path, name: str) -> Path:
    """Where the vectors of a publication lie: beside it, for they may come later and are no part of it."""
    return shelf / f"{name}.vectors"


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a publication says of itself, empty if it cannot be read; nothing of it is verified."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def waiting_in(manifest: dict[str, Any]) -> dict[str, datetime]:
    """The documents that waited when the publication was built, and until when."""
    return {
        file: datetime.fromisoformat(until) for file, until in sorted(manifest.get("waiting", {}).items())
    }
