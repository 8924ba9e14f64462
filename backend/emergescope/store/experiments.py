"""Experiments in the database: groups of runs, each run in its place. Used by the service, through a Store."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from emergescope.errors import NotFound
from emergescope.store.listing import Paging
from emergescope.store.records import NewMember, Page
from emergescope.store.shapes import ExperimentRecord, MemberRecord, Status
from emergescope.store.store import QUEUE, STATE, Store, hide, new_run, remove
from emergescope.store.tables import HIDDEN, EventRow, Experiment, MemberRow, Run


class ExperimentStore:
    """What may be asked of experiments, and changed in them. Raises NotFound for one that does not exist."""

    def __init__(self, store: Store, emergence: Collection[str] = ()) -> None:
        self._store = store
        self._emergence = tuple(emergence)  # kinds of events of which the first one's step is told with each member

    def create(
        self,
        identifier: str,
        name: str,
        kind: str,
        preset: str | None,
        spec: dict[str, Any],
        members: Sequence[NewMember],
        created_at: datetime,
    ) -> None:
        """Queue an experiment with all its runs, or, when anything fails, nothing."""
        with self._store.writing(QUEUE, "") as session:
            row = Experiment(id=identifier, name=name, kind=kind, preset=preset, spec=spec, created_at=created_at)
            session.add(row)
            session.flush()
            session.add_all(new_run(member.run) for member in members)
            session.flush()
            for position, member in enumerate(members):
                place = {"label": member.label, "group": member.group, "seed": member.seed, "cell": dict(member.cell)}
                session.add(MemberRow(experiment_id=identifier, position=position, run_id=member.run.id, **place))

    def get(self, identifier: str) -> ExperimentRecord:
        with self._store.session() as session:
            return _find(session, identifier).record()

    def members(self, identifier: str) -> tuple[MemberRecord, ...]:
        """All places in order, each with its run."""
        self.get(identifier)  # raises
        return self.members_of([identifier])[identifier]

    def members_of(self, identifiers: Sequence[str]) -> dict[str, tuple[MemberRecord, ...]]:
        """The members of each of these experiments; none for one that does not exist."""
        first = select(EventRow.run_id, func.min(EventRow.step).label("step")).group_by(EventRow.run_id)
        emerged = first.where(EventRow.kind.in_(self._emergence)).subquery()
        query = (
            select(MemberRow, Run, emerged.c.step)
            .outerjoin(Run, and_(Run.id == MemberRow.run_id, Run.status != HIDDEN))
            .outerjoin(emerged, emerged.c.run_id == MemberRow.run_id)
            .where(MemberRow.experiment_id.in_(identifiers))
            .order_by(MemberRow.position)
        )
        found: dict[str, list[MemberRecord]] = {identifier: [] for identifier in identifiers}
        with self._store.session() as session:
            for member, run, step in session.execute(query):
                found[member.experiment_id].append(member.record(run, step))
        return {identifier: tuple(members) for identifier, members in found.items()}

    def list(self, cursor: str | None = None, limit: int = 50, until: str | None = None) -> Page[ExperimentRecord]:
        """Experiments, newest first, between two cursors."""
        return self._store.page(select(Experiment), Paging(Experiment, self._store.dialect), cursor, limit, until)

    def delete(self, identifier: str, check: Callable[[Sequence[Status]], None] = lambda _: None) -> tuple[str, ...]:
        """Remove an experiment together with the runs in its places, unless `check` raises; the runs' ids.

        `check` sees the states of the runs as they are and will be until then.
        """
        with self._store.writing() as session:
            _find(session, identifier)
            runs = select(Run.id, Run.status).join(MemberRow, MemberRow.run_id == Run.id)
            runs = runs.where(MemberRow.experiment_id == identifier, Run.status != HIDDEN).order_by(Run.number)
            found = session.execute(runs.with_for_update(of=Run, key_share=True)).all()
            check([row.status for row in found])
            ids = tuple(row.id for row in found)
            hide(session, Run.id.in_(select(MemberRow.run_id).where(MemberRow.experiment_id == identifier)))
            session.execute(delete(Experiment).where(Experiment.id == identifier))
            for run_id in ids:
                self._store.database.tell(session, f"{STATE} {run_id}")
        for run_id in ids:
            remove(self._store, run_id)
        return ids


def _find(session: Session, identifier: str) -> Experiment:
    found = session.scalars(select(Experiment).where(Experiment.id == identifier)).first()
    if found is None:
        raise NotFound(f"there is no experiment {identifier!r}")
    return found
