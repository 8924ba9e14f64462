"""The client for programs and notebooks. Its twin for coroutines is in asynchronous.py; what is asked, and how answers
are read, is in asks.py and streams.py, for both.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from emergescope.client import asks
from emergescope.client.asks import Ask, Overrides, Page
from emergescope.client.errors import ClientError
from emergescope.client.files import CHUNK, readable, whole
from emergescope.client.link import CLOSING, PATIENCE, TIMEOUT, check, pause_after, read, told
from emergescope.client.server import Server
from emergescope.client.shapes import Event, Experiment, Preset, Run, Study
from emergescope.client.streams import FrameStream, Stream, UpdateStream

if TYPE_CHECKING:
    from emergescope.client.frames import Columns, RunFrame
    from emergescope.recording.events import Array

T = TypeVar("T")


class Client:
    """A server of Emergescope.

    url       its address, with the path below which a proxy has it; else EMERGESCOPE_URL, http://127.0.0.1:8470
    token     else EMERGESCOPE_TOKEN; sent in a header, never in an address
    patience  seconds for which `frames`, `watch` and `wait` put up with a server that is away

    What a server does not do raises a `ClientError`; what cannot be asked, an `InvalidConfig`. Close it after use, or
    use it in a `with` block. Threads may share it.
    """

    def __init__(self, url: str | None = None, token: str | None = None, *, patience: float = PATIENCE) -> None:
        self._server, self._patience = Server.find(url, token), patience
        self._http = httpx.Client(base_url=self._server.url, headers=self._server.headers, timeout=TIMEOUT)

    @property
    def url(self) -> str:
        """The address of the server."""
        return self._server.url

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    def presets(self) -> Sequence[Preset]:
        """The presets, in the order of the gallery."""
        return self._ask(asks.presets())

    def studies(self) -> Sequence[Study]:
        """The learning problems that runs can be of."""
        return self._ask(asks.studies())

    def submit(
        self,
        what: str | Mapping[str, Any],
        overrides: Overrides | None = None,
        *,
        name: str | None = None,
        tags: Sequence[str] = (),
    ) -> Run:
        """Queue a run of a preset, with overrides (nested, or by dotted path), or of a whole configuration."""
        return self._ask(asks.submit(what, overrides, name, tags))

    def get(self, run: Run | str) -> Run:
        """A run as it is now, by its id."""
        return self._ask(asks.get(run))

    def list(
        self,
        *,
        status: str | None = None,
        study: str | None = None,
        tag: str | None = None,
        text: str | None = None,
        in_experiment: bool | None = None,
        sort: str = "created",
        rising: bool = False,
    ) -> Iterator[Run]:
        """Runs, newest first, or in another order; pages of them are asked for as they are needed.

        text  part of id, name, preset, notes or a tag
        sort  created, name, status, duration, or metric:NAME
        """
        filters = {"status": status, "study": study, "tag": tag, "q": text, "in_experiment": in_experiment}
        return self._pages(asks.runs({**filters, "sort": sort, "rising": rising}))

    def pause(self, run: Run | str) -> Run:
        """Stop a run after a checkpoint; it is paused once its status says so."""
        return self._ask(asks.act(run, "pause"))

    def resume(self, run: Run | str) -> Run:
        """Let a paused run go on, or one whose worker died too often."""
        return self._ask(asks.act(run, "resume"))

    def cancel(self, run: Run | str) -> Run:
        """End a run; a running one is over once its status says so."""
        return self._ask(asks.act(run, "cancel"))

    def fork(
        self,
        run: Run | str,
        step: int,
        overrides: Overrides | None = None,
        *,
        name: str | None = None,
        tags: Sequence[str] = (),
    ) -> Run:
        """Queue a run that begins as this one was after `step`, and goes on with overrides."""
        return self._ask(asks.fork(run, step, overrides, name, tags))

    def edit(
        self,
        run: Run | str,
        *,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        notes: str | None = None,
    ) -> Run:
        """Change name, tags or notes; what is None stays."""
        return self._ask(asks.edit(run, name, tags, notes))

    def delete(self, run: Run | str) -> None:
        """Remove a run and its frames. A running one must be cancelled first."""
        self._ask(asks.delete(run))

    def frame(self, run: Run | str, seq: int | None = None) -> "RunFrame":
        """A frame by its number, from 0; the latest one without."""
        return self._ask(asks.frame(run, "latest" if seq is None else seq))

    def frames(self, run: Run | str, after: int = -1) -> Iterator["RunFrame"]:
        """The frames with a `seq` larger than `after`, each once and in order, as they come, until the run is over.

        Where the connection is cut, or the server restarts, it connects again and goes on after the last frame.
        """
        from emergescope.client.frames import read_frame  # noqa: PLC0415 - it brings NumPy

        stream = FrameStream(self._server, self.get(run), read_frame, after=after, patience=self._patience)
        yield from self._follow(stream)

    def watch(self, run: Run | str) -> Iterator[Run | Event]:
        """The run whenever something of it is new, and each of its events, until it is over; as lasting as `frames`."""
        yield from self._follow(UpdateStream(self._server, self.get(run), patience=self._patience))

    def wait(self, run: Run | str, timeout: float | None = None) -> Run:
        """The run once it is over, however it ended. Raises TimedOut, a TimeoutError, after that many seconds."""
        stream = UpdateStream(self._server, self.get(run), patience=self._patience, timeout=timeout)
        for _ in self._follow(stream):
            pass
        return stream.run

    def index(self, run: Run | str) -> "Columns":
        """What is known of all frames, a row for each: step, stage, metrics, histograms (docs/display.md)."""
        return self._ask(asks.index(run))

    def metrics(self, run: Run | str) -> "Columns":
        """seq, step and the metrics of the frames; NaN where one was not measured, or is no number."""
        return self._ask(asks.metrics(run))

    def patterns(self, run: Run | str) -> "dict[str, Array]":
        """The tensors that a run is compared with, as its dictionary."""
        return self._ask(asks.patterns(run))

    def experiments(self) -> Iterator[Experiment]:
        """Experiments, newest first."""
        return self._pages(asks.experiments())

    def experiment(self, identifier: str) -> Experiment:
        """An experiment as it is now, with its runs and its table."""
        return self._ask(asks.experiment(identifier))

    def submit_experiment(
        self,
        preset: str | None = None,
        *,
        sweep: Mapping[str, Any] | None = None,
        runs: Sequence[Mapping[str, Any]] | None = None,
        seeds: int | Sequence[int] | None = None,
        name: str | None = None,
        tags: Sequence[str] = (),
    ) -> Experiment:
        """Queue a figure by its id, a sweep, or any runs as one experiment (docs/experiments.md)."""
        given = {"preset": preset, "sweep": sweep, "runs": runs, "seeds": seeds, "name": name, "tags": [*tags]}
        return self._ask(asks.submit_experiment(given))

    def cancel_experiment(self, experiment: Experiment | str) -> Experiment:
        """End those of its runs that wait or train."""
        return self._ask(asks.cancel_experiment(experiment))

    def export(self, run: Run | str, path: str | PathLike[str]) -> Path:
        """Write a run with all its frames to a file, which must not be there yet."""
        target = Path(path)
        with whole(target) as file, told(self._server), self._http.stream("GET", asks.of_run(run, "export")) as answer:
            if not answer.is_success:
                answer.read()
            check(self._server, answer)
            for chunk in answer.iter_bytes(CHUNK):
                file.write(chunk)
        return target

    def import_(self, path: str | PathLike[str]) -> Run:
        """Bring in a run from a file that `export` has written, here or elsewhere. It keeps its id."""
        ask = asks.import_run()
        with readable(Path(path)) as (file, headers), told(self._server):
            return read(self._server, ask, self._http.request(ask.method, ask.path, content=file, headers=headers))

    def _ask(self, ask: Ask[T]) -> T:
        with told(self._server):
            answer = self._http.request(ask.method, ask.path, params=ask.query, json=ask.body)
        return read(self._server, ask, answer)

    def _pages(self, ask: Ask[Page[T]]) -> Iterator[T]:
        following: Ask[Page[T]] | None = ask
        while following is not None:
            page = self._ask(following)
            yield from page.items
            following = page.following

    def _follow(self, stream: Stream[T]) -> Iterator[T]:
        from websockets.exceptions import WebSocketException  # noqa: PLC0415 - most programs only ask
        from websockets.sync.client import connect  # noqa: PLC0415

        while not stream.is_over:
            try:
                with connect(
                    stream.url,
                    additional_headers=self._server.headers,
                    user_agent_header=None,
                    compression=None,
                    max_size=None,
                    ping_interval=None,  # the server says that it is alive, and a loop may take its time
                    close_timeout=CLOSING,
                ) as socket:
                    while not stream.is_over:
                        yield from stream.take(socket.recv(timeout=stream.wait))
            except ClientError:
                raise
            except (OSError, WebSocketException) as error:  # a TimeoutError is an OSError
                time.sleep(pause_after(stream, error))
