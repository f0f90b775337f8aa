"""Staff of the desk: accounts and roles, passwords and second factors, sessions, wrapped keys.

No account exists until somebody makes one.
"""

from openbureau.staff.accounts import Role, StaffMember

__all__ = ["Role", "StaffMember"]
