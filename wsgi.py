"""Two applications from one code base: `wsgi:app`, the public site, and `wsgi:desk`, the staff desk.

Each is made when a server asks for it by name, so that the public process never holds the desk.
"""

import os

from flask import Flask

from openbureau import config, create_app, create_desk


def __getattr__(name: str) -> Flask:
    makers = {"app": create_app, "desk": create_desk}
    if name not in makers:
        raise AttributeError(name)
    return makers[name](config.load(os.environ))
