"""PostgreSQL, the database that several servers share. Used by store/ only; needs the extra `postgres`."""

import re
import secrets
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.string import StrDumper
from sqlalchemy import Connection, create_engine, event, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from emergescope import logs
from emergescope.errors import StoreBusy, StoreError, StoreFull
from emergescope.store.database import Database, Source, to_json, upgrade

CHANNEL = "emergescope"
EVERYTHING = "all "  # message: anything may have happened
SLOWEST = 30.0  # seconds between two attempts to listen

_UPGRADING = 0x454D5347  # key of the lock under which tables are made
# A server that died or hangs must not hold the rows of a run for long.
_SESSION = (
    "-c lock_timeout=30s -c idle_in_transaction_session_timeout=30s -c statement_timeout=15min "
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)
_CONNECTION = {
    "application_name": "emergescope",
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

_log = logs.get(__name__)

_BUSY = "55P03|40P01|40001|57014|25P03"  # waited for too long, or lost against another transaction
_DISK_FULL = "53[12]00"
_PAST_THE_POOLER = (
    "name PostgreSQL's own host and port in EMERGESCOPE_DATABASE_URL, or give the database "
    "pool_mode = session, and ignore_startup_parameters = options, in pgbouncer.ini"
)
# What PostgreSQL says, by SQLSTATE and, while connecting, in words alone: what it means, and what to do.
_REASONS = (
    (
        "28...",
        r"password|pg_hba\.conf|role .* does not exist",
        "does not let this server in",
        "check user and password in EMERGESCOPE_DATABASE_URL, a password's special characters percent-encoded",
    ),
    (
        "08P01|26000|42P05",
        r"unsupported startup parameter|pooling mode|prepared statement",
        "is behind PgBouncer, which does not keep a connection as this server needs it",
        _PAST_THE_POOLER,
    ),
    ("3D000", "database .* does not exist", "does not exist", "create it with createdb, or name another one"),
    (_DISK_FULL, "No space left", "cannot be written: its disk is full", "free some space on the database server"),
    (
        "53300",
        "too many clients|too many connections|connection slots",
        "has no connection left",
        "raise max_connections of PostgreSQL, or run fewer servers; each takes up to 17",
    ),
    ("25006", "read-only", "is read-only", "name the primary in EMERGESCOPE_DATABASE_URL, not a standby"),
    ("42501", "permission denied", "does not allow it", "make the user its owner, or grant it CREATE on its schema"),
    ("42P07", "already exists", "has tables of another application", "give Emergescope a database of its own"),
    (_BUSY, "canceling statement", "was too slow", "try again; pg_stat_activity shows who holds the locks"),
)


class PostgresSource(Source):
    """The database behind a URL as libpq reads it, read only, whatever its schema: each transaction sees one state."""

    def __init__(self, url: str) -> None:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        unprepared = {"prepare_threshold": None}  # as a pooler can take it
        self._create_engine({**unprepared, **parse_url(url)}, poolclass=NullPool, execution_options=options)

    def _create_engine(self, parameters: dict[str, Any], **options: Any) -> None:
        user, host, port, name = (parameters.get(key) for key in ("user", "host", "port", "dbname"))
        place = f"{host or 'localhost'}{f':{port}' if port else ''}"
        self.name = f"the PostgreSQL database {name or user or 'of this user'} at {place}"  # everything but secrets
        arguments = {**_CONNECTION, **parameters}
        self.engine = create_engine("postgresql+psycopg://", connect_args=arguments, **options)

    def unusable(self, reason: BaseException | None) -> StoreError:
        words = str(reason).strip().splitlines() or ["no reason given"]
        state = getattr(reason, "sqlstate", None)
        for states, spoken, what, remedy in _REASONS:
            if re.fullmatch(states, state) if state else re.search(spoken, str(reason)):
                kind = {_BUSY: StoreBusy, _DISK_FULL: StoreFull}.get(states, StoreError)
                return kind(f"{what} ({words[0]}): {remedy}", self.name)
        if isinstance(reason, psycopg.OperationalError | psycopg.InterfaceError):
            what, remedy = "cannot be reached", "check that PostgreSQL runs there and accepts connections"
        else:
            what, remedy = "cannot be used", "please report this"
        return StoreError(f"{what} ({words[0]}): {remedy}", self.name)


class PostgresDatabase(PostgresSource, Database):
    """The database behind a URL as libpq reads it, its tables made or upgraded as needed. Raises StoreError."""

    shared = True

    def __init__(self, url: str) -> None:
        parameters = parse_url(url)
        parameters["options"] = f"{_SESSION} {parameters.get('options', '')}".strip()
        self._create_engine(parameters, pool_size=8, max_overflow=8, pool_pre_ping=True, json_serializer=to_json)
        event.listen(self.engine, "connect", lambda made, record: made.adapters.register_dumper(str, _Storable))
        self._sender = secrets.token_hex(4)
        self._closing = Event()
        self._listener: Thread | None = None
        try:
            with self.refusals():
                self._refuse_pooler()
                with self.engine.begin() as connection:
                    # One server at a time; the others wait as long as it takes.
                    connection.execute(text("SET LOCAL lock_timeout = 0"))
                    connection.execute(text("SET LOCAL statement_timeout = 0"))
                    connection.execute(select(func.pg_advisory_xact_lock(_UPGRADING)))
                    upgrade(connection, self.name)
        except StoreError:
            self.close()
            raise

    def _refuse_pooler(self) -> None:
        """Raises StoreError behind a pooler that gives each transaction another connection: no message comes through.

        A pooler does not know the process that serves a connection, and one of this kind lends the same to two.
        """
        process = select(func.pg_backend_pid())
        with self._autocommit() as one:
            mine = one.scalar(process)
            connection: Any = one.connection.dbapi_connection
            if connection.info.backend_pid == mine:
                return
            with self.engine.begin() as other:
                if other.scalar(process) == mine or one.scalar(process) != mine:
                    raise StoreError(
                        f"{self.name} is behind a pooler that gives each transaction another connection, as PgBouncer "
                        f"does in transaction mode, and no message of other servers comes through: {_PAST_THE_POOLER}"
                    )

    def clock(self, session: Session) -> datetime:
        return session.scalars(select(func.now())).one()

    def tell(self, session: Session, message: str) -> None:
        session.execute(select(func.pg_notify(CHANNEL, f"{self._sender} {message}")))

    def listen(self, on_message: Callable[[str], None]) -> None:
        """As above, and `all ` after each connection: what was told while there was none is not repeated."""
        self._listener = Thread(target=self._listen, args=(on_message,), name="postgres-listener", daemon=True)
        self._listener.start()

    def _listen(self, on_message: Callable[[str], None]) -> None:
        delay = 0.0
        while not self._closing.wait(delay):
            try:
                with self._autocommit() as connection:
                    connection.detach()  # from the pool: it listens until it is closed
                    connection.exec_driver_sql(f"LISTEN {CHANNEL}")
                    delay = 0.0
                    on_message(EVERYTHING)
                    self._receive(connection.connection.dbapi_connection, on_message)
            except Exception as error:  # whatever it is: who receives nothing ever again serves old pages for good
                delay = min(max(2 * delay, 0.25), SLOWEST)
                reason = f"{type(error).__name__}: {str(error).strip()}".splitlines()[0]
                _log.warning("no messages from other servers for a while", reason=reason)

    def _receive(self, connection: Any, on_message: Callable[[str], None]) -> None:
        while not self._closing.is_set():
            for notice in connection.notifies(timeout=0.2):
                sender, _, message = notice.payload.partition(" ")
                if sender != self._sender:
                    on_message(message)

    def size(self) -> int:
        with self.session() as session:
            return session.scalar(select(func.pg_database_size(func.current_database()))) or 0

    def give_back(self) -> None:
        with self.refusals(), self._autocommit() as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM (ANALYZE)")

    def _autocommit(self) -> Connection:
        return self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        self._closing.set()
        if self._listener is not None:
            self._listener.join(timeout=2)  # longer only while it waits for a server that does not answer
        super().close()


def parse_url(url: str) -> dict[str, Any]:
    """What libpq is to be given. Raises StoreError, which does not show the URL."""
    # Errors are not chained: their text may hold a part of the password.
    try:
        parameters = conninfo_to_dict(re.sub(r"^[a-z]+(\+\w+)?://", "postgresql://", url.strip()))
    except psycopg.Error:
        parameters = {}
    if not parameters or "@" in str(parameters.get("host", "")):
        raise StoreError(
            "EMERGESCOPE_DATABASE_URL cannot be read: write postgresql://user:password@host:5432/database, "
            "a password's special characters percent-encoded"
        ) from None
    return parameters


class _Storable(StrDumper):
    """Text without what PostgreSQL cannot keep (the character NUL), as a failed run's messages may have it."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace")
