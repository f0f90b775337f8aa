"""Which feeds there are, what each may be narrowed by, and what then stands in it: one mechanism for all."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args
from urllib.parse import urlencode

from flask import url_for

from openbureau.library import kinds
from openbureau.library.documents.validity import STATES
from openbureau.library.records import Announced
from openbureau.library.registers import Register
from openbureau.library.registers.history import RegisterEventKind
from openbureau.library.whitelist.changes import InstitutionChange
from openbureau.library.whitelist.history import InstitutionEventKind
from openbureau.public.search_results import searched_kinds
from openbureau.public.throttle import turn
from openbureau.publishing.websub import everywhere
from openbureau.search.analysis import fold, runs
from openbureau.web import publication, today

Item = Announced | InstitutionChange
"""What a feed announces: it has a `key` for ever, and the days when it was published and changed."""

LABELS = {
    **kinds.FACETS,
    "county": "县（市、区）",
    "category": "培训类别",
    "event": "发生了什么",
    "institution": "机构代码或许可证号",
    "q": "搜索词",
    "kind": "栏目",
}
"""What people call the names by which a feed is narrowed."""


@dataclass(frozen=True, kw_only=True)
class FeedOffer(ABC):
    """A feed that is offered.

    `page` is the address of the list it belongs to; `labels` are what it may be narrowed by: what people call
    each, by its name in the address. `needs` names what must be given.
    """

    name: str
    title: str
    page: str
    labels: Mapping[str, str] = field(default_factory=dict)
    needs: str = ""

    @abstractmethod
    def items(self, chosen: Mapping[str, str]) -> Sequence[Item]:
        """All that it tells when narrowed to `chosen`, in the order of publication."""

    @abstractmethod
    def values(self, name: str) -> Mapping[str, str]:
        """What may be chosen under `name`, with what people read; empty where one writes freely."""

    def knows(self, name: str, value: str) -> bool:
        """Whether one may choose `value`, even if no page tells of it any more."""
        return value in self.values(name)

    def title_for(self, chosen: Mapping[str, str]) -> str:
        """Its title when narrowed."""
        words = "、".join(self.values(name).get(value, value) for name, value in chosen.items())
        return f"{self.title}（{words}）" if words else self.title

    def page_for(self, chosen: Mapping[str, str]) -> str:
        """The address of the list, narrowed as far as the list can be."""
        filters = {name: value for name, value in chosen.items() if name != "event"}
        return f"{self.page}?{urlencode(filters)}" if filters else self.page


@dataclass(frozen=True, kw_only=True)
class Records(FeedOffer):
    """A feed of the records of some kinds that have the facets `within`."""

    kinds: tuple[str, ...]
    within: Mapping[str, str] = field(default_factory=dict)

    def items(self, chosen: Mapping[str, str]) -> Sequence[Item]:
        catalogue = publication().catalogue
        announced = catalogue.announced(self.kinds, {**chosen, **self.within}, on=today())
        if self.kinds != ("registers",) or not chosen or "event" in chosen:
            return announced
        # What is public no more has lost all by which it could be chosen: everybody is told of it.
        for event in ("撤回", "移出"):
            announced += catalogue.announced(self.kinds, {**self.within, "event": event}, on=today())
        return sorted(set(announced), key=lambda item: (item.published_at, item.key))

    def values(self, name: str) -> Mapping[str, str]:
        lists = {
            "topic": publication().bureau.topics,
            "event": get_args(RegisterEventKind),
            "validity": STATES,
        }
        present = [value for kind in self.kinds for value in self._chosen_in(kind, name)]
        return {value: value for value in (*lists.get(name, ()), *present)}

    def knows(self, name: str, value: str) -> bool:
        announced = publication().catalogue.announced(self.kinds, {**self.within, name: value}, on=today())
        return bool(announced) or super().knows(name, value)

    def _chosen_in(self, kind: str, name: str) -> list[str]:
        page = publication().catalogue.page(kind, self.within, per_page=1, facets=[name], on=today())
        return [value for value, _ in page.choices[name]]


@dataclass(frozen=True, kw_only=True)
class Changes(FeedOffer):
    """The feed of what editions of the whitelist changed, by county, category, event and institution."""

    def items(self, chosen: Mapping[str, str]) -> Sequence[Item]:
        counties = publication().bureau.areas
        return [
            change
            for change in institution_changes()
            if all(
                value in accepted
                for value, accepted in (
                    (chosen.get("county"), [None, *(counties.get(code) for code in change.county_codes)]),
                    (chosen.get("category"), [None, *change.categories]),
                    (chosen.get("event"), [None, *(event.kind.value for event in change.events)]),
                    (chosen.get("institution"), [None, *change.slugs]),
                )
            )
        ]

    def values(self, name: str) -> Mapping[str, str]:
        match name:
            case "county":
                return {county: county for county in publication().bureau.areas.values()}
            case "event":
                return {kind.value: kind.label for kind in InstitutionEventKind}
            case "category":
                page = publication().catalogue.page("whitelist", {}, per_page=1, facets=[name])
                categories = [value for value, _ in page.choices[name]]
                categories += [value for change in institution_changes() for value in change.categories]
                return {value: value for value in categories if value}
            case _:
                return {}

    def knows(self, name: str, value: str) -> bool:
        return bool(self._institution(value)) if name == "institution" else super().knows(name, value)

    def title_for(self, chosen: Mapping[str, str]) -> str:
        named = {
            name: self._institution(value) if name == "institution" else value
            for name, value in chosen.items()
        }
        return super().title_for(named)

    def page_for(self, chosen: Mapping[str, str]) -> str:
        if "institution" in chosen:
            return url_for("whitelist.show", slug=chosen["institution"])
        return super().page_for(chosen)

    def _institution(self, address: str) -> str:
        """The name of the institution at an address of the present or the past; empty if there is none."""
        catalogue = publication().catalogue
        institution = catalogue.get("whitelist", address)
        for renamed in catalogue.page("whitelist", {"alias": address}).records:
            institution = renamed
        return institution.title if institution else ""


@dataclass(frozen=True, kw_only=True)
class Search(FeedOffer):
    """The feed of a search: what it finds, of institutions what became of them, and what was withdrawn."""

    def items(self, chosen: Mapping[str, str]) -> Sequence[Item]:
        query, kinds = chosen["q"], [chosen["kind"]] if "kind" in chosen else list(_kinds())
        with turn("search"):
            keys = set(publication().search.holding(query, kinds))
        catalogue = publication().catalogue
        documents = [kind for kind in kinds if kind != "whitelist"]
        announced = catalogue.announced(documents, {}, on=today())
        items: list[Item] = [item for item in announced if item.key in keys]
        items += [change for change in institution_changes() if f"whitelist/{change.slugs[-1]}" in keys]
        # What was withdrawn has left the index; who could find it before is told.
        withdrawn = {
            f"{record.kind}/{record.slug}"
            for kind in documents
            for record in catalogue.withdrawn(kind, {}, on=today())
            if _holds(f"{record.title} {record.summary} {record.text}", query)
        }
        items += [item for item in announced if item.key in withdrawn]
        return sorted(items, key=lambda item: (item.published_at, item.key))

    def values(self, name: str) -> Mapping[str, str]:
        return _kinds() if name == "kind" else {}

    def knows(self, name: str, value: str) -> bool:
        return name == "q" or super().knows(name, value)

    def title_for(self, chosen: Mapping[str, str]) -> str:
        kind = f"（{_kinds()[chosen['kind']]}）" if "kind" in chosen else ""
        return f"{self.title}“{chosen['q']}”{kind}" if "q" in chosen else self.title


def offers() -> dict[str, FeedOffer]:
    """Every feed by its name."""
    records = publication().catalogue.page("register", {}, per_page=1_000, by_source=True).records
    registers = [record for record in records if isinstance(record, Register)]
    offered: list[FeedOffer] = [
        Records(
            name="all",
            title="全部更新",
            page=url_for("home.index"),
            kinds=everywhere(),
            labels=_labels(("topic",)),
        ),
        *(
            Records(
                name=kind.name,
                title=kind.title,
                page=url_for(f"{kind.name}.index"),
                kinds=(kind.name,),
                labels=kind.labels,
            )
            for kind in kinds.KINDS
        ),
        Records(name="whitelist", title="白名单各期", page=url_for("whitelist.index"), kinds=("editions",)),
        Changes(
            name="whitelist-changes",
            title="白名单变化",
            page=url_for("whitelist.index"),
            labels=_labels(("county", "category", "event", "institution")),
        ),
    ]
    for register in registers:
        columns = {column["name"]: column["label"] for column in register.columns}
        offered.append(
            Records(
                name=f"registers-{register.slug}",
                title=register.title,
                page=url_for("registers.show", name=register.slug),
                kinds=("registers",),
                within={"register": register.slug},
                labels={name: columns[name] for name in register.facet_names} | _labels(("event",)),
            )
        )
    offered.append(
        Search(
            name="search",
            title="搜索",
            page=url_for("search.index"),
            labels=_labels(("q", "kind")),
            needs="q",
        )
    )
    return {offer.name: offer for offer in offered}


def institution_changes() -> Sequence[InstitutionChange]:
    """What became of the institutions; whoever asks for it first has it made, in turn."""
    if publication().has_changes:
        return publication().changes
    with turn("list"):
        return publication().changes


def _kinds() -> dict[str, str]:
    """What a search may be narrowed to; of institutions it tells what became of them."""
    return searched_kinds() | {"whitelist": "培训机构的变化"}


def _labels(names: Sequence[str]) -> dict[str, str]:
    return {name: LABELS[name] for name in names}


def _holds(text: str, query: str) -> bool:
    folded, _ = fold(text)
    return all(run in folded for run in runs(query))
