"""Which rows of a table a list shows, in which order: filters of runs, and pages between two cursors."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select

from emergescope.errors import InvalidConfig
from emergescope.store.shapes import Status
from emergescope.store.tables import HIDDEN, Experiment, MemberRow, Run, RunTag, fold

LARGEST = 2**31 - 1  # of the databases' integers
METRIC = "metric:"  # and the name of a metric: runs in the order of its latest value


@dataclass(frozen=True)
class StudyName:
    """A study, and the kinds of problems by which configurations from before studies had names are of it; None: of no
    kind.
    """

    id: str
    kinds: Collection[str | None] = ()


@dataclass(frozen=True)
class RunFilter:
    """Runs that a list shows. `q` looks into id, name, preset, notes and tags."""

    status: Status | None = None
    tag: str | None = None
    q: str | None = None
    in_experiment: bool | None = None  # those of experiments, or all but those
    study: StudyName | None = None
    without: Collection[str] = ()  # ids

    def select(self, dialect: str) -> Select[Any]:
        query = select(Run).where(Run.status != HIDDEN)
        if self.status is not None:
            query = query.where(Run.status == self.status)
        if self.tag is not None:
            query = query.where(Run.id.in_(select(RunTag.run_id).where(RunTag.tag == self.tag)))
        if self.q:
            query = query.where(Run.search.contains(fold(self.q), autoescape=True))
        if self.in_experiment is not None:
            there = select(MemberRow.run_id).where(MemberRow.run_id == Run.id).exists()
            query = query.where(there if self.in_experiment else ~there)
        if self.study is not None:
            query = query.where(_is_of(self.study, dialect))
        return query.where(Run.id.not_in(self.without)) if self.without else query


@dataclass(frozen=True)
class Order:
    """The order of a list: by `created`, `name`, `status`, `duration` or `metric:NAME`, falling unless `rising`.

    Rows without a value come last either way, and of equal ones the newest first.
    """

    by: str = "created"
    rising: bool = False

    def key(self, dialect: str) -> ColumnElement[Any] | None:
        """What runs are sorted by; None for the order in which rows were made."""
        if self.by.startswith(METRIC):
            return _metric(self.by.removeprefix(METRIC), dialect)
        keys: dict[str, ColumnElement[Any]] = {
            "name": func.lower(Run.name),
            "status": Run.status.expression,
            "duration": Run.seconds.expression,
        }
        return keys.get(self.by)


ALL, NEWEST = RunFilter(), Order()


class Paging:
    """The pages of a table in an order."""

    def __init__(self, table: type[Run | Experiment], dialect: str, order: Order = NEWEST) -> None:
        self._number, self._rising = table.number, order.rising
        self.key = order.key(dialect)

    def ordered(self, query: Select[Any]) -> Select[Any]:
        """The query in order."""
        if self.key is None:
            return query.order_by(self._number.asc() if self._rising else self._number.desc())
        way = self.key.asc() if self._rising else self.key.desc()
        return query.order_by(self.key.is_(None), way, self._number.desc())

    def after(self, cursor: str, parameter: str = "cursor") -> ColumnElement[bool]:
        """What comes after the row of a cursor. Raises InvalidConfig."""
        number, value = read_cursor(cursor, parameter)
        if self.key is None:
            return self._number > number if self._rising else self._number < number
        if value is None:
            return and_(self.key.is_(None), self._number < number)
        further = self.key > value if self._rising else self.key < value
        return or_(further, and_(self.key == value, self._number < number), self.key.is_(None))

    def cursor(self, number: int, value: Any) -> str:
        """The cursor of a row: its number, and its value of the key where there is one."""
        if self.key is None:
            return f"n{number:x}"
        return f"n{number:x}.{urlsafe_b64encode(json.dumps(value).encode()).decode()}"


def read_cursor(cursor: str, parameter: str = "cursor") -> tuple[int, Any]:
    """(number, value of the key, if it has one) of a row. Raises InvalidConfig."""
    place, _, value = cursor.partition(".")
    try:
        number = int(place[1:], 16)
        if place[:1] != "n" or not 0 <= number <= LARGEST:
            raise ValueError
        found = json.loads(urlsafe_b64decode(value)) if value else None
        if not isinstance(found, str | int | float | None):
            raise ValueError
        return number, found
    except ValueError:
        message = f"{cursor!r} is not a cursor: take the value of 'next' from the page before"
        raise InvalidConfig.at(f"/query/{parameter}", message) from None


def _is_of(study: StudyName, dialect: str) -> ColumnElement[bool]:
    named = _whole(Run.config, Run.config["study"].as_string(), dialect)
    kind = _whole(Run.config, Run.config["problem"]["kind"].as_string(), dialect)
    kinds = [kind.is_(None) if one is None else kind == one for one in study.kinds]
    return or_(named == study.id, and_(named.is_(None), or_(false(), *kinds)))


def _metric(name: str, dialect: str) -> ColumnElement[Any]:
    """The latest value of a metric; NULL for none, and for what is no number."""
    value = Run.metrics[name]
    if dialect == "sqlite":
        return _whole(Run.metrics, value.as_float(), dialect)
    return case((func.json_typeof(value.as_json()) == "number", value.as_float()))


def _whole(column: Any, value: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """A value of a column of JSON; NULL where a damaged row of SQLite, which checks nothing, holds none."""
    return case((func.json_valid(column) == 1, value)) if dialect == "sqlite" else value
