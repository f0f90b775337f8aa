"""Roles that may use a view. A view that names none is closed to everybody."""

from collections.abc import Callable
from typing import TypeVar

from openbureau.staff import Role

View = TypeVar("View", bound=Callable[..., object])
EVERYBODY = tuple(Role)
_ATTRIBUTE = "roles"


def roles(*allowed: Role) -> Callable[[View], View]:
    """Open a view to these roles: `@roles(Role.HANDLER)` directly below the route."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, frozenset(allowed))
        return view

    return declare


def allowed_roles(view: object) -> frozenset[Role]:
    """The roles that a view was opened to."""
    return getattr(view, _ATTRIBUTE, frozenset())
