"""Three applications from one code base: `wsgi:app`, the public site, `wsgi:desk`, the staff desk, and
`wsgi:metrics`, what the workers of both have counted.

Each is made when a server asks for it by name, so that the public process never holds the desk.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from openbureau import config, logs
from openbureau.app import create_app, create_desk, create_locked_desk, create_metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def __getattr__(name: str) -> "WSGIApplication":
    # Whether a new release can be loaded at all is asked while the old one serves (ExecReload of the units).
    desk = create_desk if "--check-config" in sys.argv else create_locked_desk
    makers: dict[str, Callable[[config.Settings], WSGIApplication]]
    makers = {"app": create_app, "desk": desk, "metrics": create_metrics}
    if name not in makers:
        raise AttributeError(name)
    settings = config.load(os.environ)
    logs.start(settings.log)
    if settings.metrics:
        # Where the library looks when the first counter is made.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = settings.metrics
    return makers[name](settings)
