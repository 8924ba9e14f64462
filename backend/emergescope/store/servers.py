"""Servers that share a database: who is alive, and whose runs are no one's. Used by the service, through a Store."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, true

from emergescope.store.records import RunRecord
from emergescope.store.store import Store
from emergescope.store.tables import HIDDEN, Run, ServerRow

FORGOTTEN = timedelta(days=1)  # after which a server that was killed is no longer listed


class ServerStore:
    """One server among those that have the database open. A database that is not shared has only this one."""

    def __init__(self, store: Store, server: str, name: str) -> None:
        self._store = store
        self._server = server
        self._name = name

    def beat(self) -> None:
        """Say that this server is alive. By the clock of the database: those of the servers need not agree."""
        self._store.database.check()
        with self._store.writing() as session:
            row = session.get(ServerRow, self._server)
            if row is None:
                row = ServerRow(id=self._server, name=self._name)
                session.add(row)
            row.seen_at = func.now()
            others = delete(ServerRow).where(ServerRow.id != self._server)
            if self._store.database.shared:
                others = others.where(ServerRow.seen_at < func.now() - FORGOTTEN)
            session.execute(others)

    def leave(self) -> None:
        with self._store.writing() as session:
            session.execute(delete(ServerRow).where(ServerRow.id == self._server))

    def orphans(self, mine: Collection[str], silent: float) -> tuple[RunRecord, ...]:
        """Running runs that no one runs: of servers silent for so many seconds, and of this one but for `mine`."""
        query = select(Run).where(Run.status == "running", Run.id.not_in(mine), self._is_no_others(silent))
        with self._store.session() as session:
            return tuple(run.record() for run in session.scalars(query.order_by(Run.number)))

    def leftovers(self, silent: float) -> tuple[str, ...]:
        """Ids of hidden runs, but for those that other servers, heard within so many seconds, are making."""
        query = select(Run.id).where(Run.status == HIDDEN, self._is_no_others(silent))
        with self._store.session() as session:
            return tuple(session.scalars(query))

    def _is_no_others(self, silent: float) -> ColumnElement[bool]:
        """That a run is not that of another server which was heard within so many seconds."""
        if not self._store.database.shared:
            return true()
        heard = ServerRow.seen_at > func.now() - timedelta(seconds=silent)
        others = select(ServerRow.id).where(ServerRow.id != self._server, heard)
        return or_(Run.server.is_(None), Run.server.not_in(others))
