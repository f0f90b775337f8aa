"""Arrays in files that are only mapped into memory: they open at once, and all processes share them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def load(folder: Path, names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Map the arrays of these names; raises OSError or ValueError when one is missing or damaged."""
    # Plain views: slices of memory maps are objects that cost more than the sums over them.
    return {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in names}


def save(folder: Path, names: Iterable[str], holder: object) -> None:
    """Write the attributes of these names of `holder`, a file each."""
    for name in names:
        np.save(folder / f"{name}.npy", getattr(holder, name))
