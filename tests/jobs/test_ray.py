"""Runs on a Ray cluster: on several nodes, when one is lost, and what a server says that cannot have its cluster."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from types import ModuleType

import psutil
import pytest
from tests.conftest import TINY, quick
from tests.jobs.conftest import Make, RayNode, ray_node, wait_until
from tests.jobs.recorder import TIMEOUT, Recorder
from tests.patterns import patterns

from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Finished, Job, Message, Origin
from emergescope.recording.codec import decode
from emergescope.recording.events import FrameReady


@pytest.fixture
def second_node(ray_cluster: RayNode) -> Iterator[psutil.Process]:
    import ray  # noqa: PLC0415

    def has_joined() -> bool:
        return bool(ray.cluster_resources()["CPU"] == 4)  # type: ignore[no-untyped-call]

    with ray_node(f"--address={ray_cluster.address}") as process:
        wait_until(has_joined, "the second node did not come up")
        yield process


def test_a_run_outlives_the_node_it_was_on(
    make: Make, second_node: psutil.Process, recorder: Recorder, endless: RunConfig
) -> None:
    executor = make("ray", workers=2, threads=2)  # one for each node
    for run_id in ("a", "b"):
        executor.submit(Job(run_id, endless), recorder)
    for run_id in ("a", "b"):
        recorder.wait_for_checkpoint(run_id)
    commands = [(process, " ".join(process.cmdline())) for process in second_node.children(recursive=True)]
    (lost,) = [run_id for run_id in ("a", "b") if any(f"ray::run {run_id}" in command for _, command in commands)]
    kept = "b" if lost == "a" else "a"
    (raylet,) = [process for process, command in commands if "raylet/raylet" in command.split()[0]]
    raylet.kill()
    end = recorder.wait_for_end(lost)
    assert end.status == "died"
    assert end.message is not None
    assert "died" in end.message or "killed" in end.message or "lost" in end.message
    checkpoint = recorder.checkpoints(lost)[-1]
    count = checkpoint.frames + 20
    recorder.wait_for_frames(kept, count)
    executor.cancel(kept)  # makes room on the node that is left
    assert recorder.wait_for_end(kept).status == "cancelled"
    executor.submit(Job(lost, endless, checkpoint.blob), rest := Recorder())
    rest.wait_for_frames(lost, 20)
    film = (recorder.frames(lost)[: checkpoint.frames] + rest.frames(lost))[:count]
    assert [_seen(frame) for frame in film] == [_seen(frame) for frame in recorder.frames(kept)[:count]]


def _seen(message: FrameReady) -> tuple[object, ...]:
    """A frame's content to the bit, without the name of its run."""
    _, seq, frame = decode(message.blob)
    tensors = {name: (tensor.dtype, tensor.shape, tensor.tobytes()) for name, tensor in frame.tensors.items()}
    return seq, frame.step, dict(frame.metrics), tensors


def test_a_listener_that_blocks_holds_its_worker_back(make: Make, recorder: Recorder, endless: RunConfig) -> None:
    go_on, executor = threading.Event(), make("ray", workers=1)

    def blocked(run_id: str, message: Message) -> None:
        recorder(run_id, message)
        if isinstance(message, FrameReady) and message.seq == 3:
            assert go_on.wait(TIMEOUT)

    executor.submit(Job("ahead", endless), blocked)
    recorder.wait_for_frames("ahead", 4)
    go_on.wait(3)  # in which a worker that nobody holds back makes hundreds of frames
    executor.pause("ahead")
    go_on.wait(1)  # until it knows
    go_on.set()
    assert recorder.wait_for_end("ahead").status == "paused"
    assert [frame.seq for frame in recorder.frames("ahead")] == list(range(len(recorder.frames("ahead"))))
    assert len(recorder.frames("ahead")) < 60


def test_a_node_with_another_version_says_so(
    make: Make, recorder: Recorder, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = make("ray")
    monkeypatch.setattr("emergescope.jobs.ray_cluster.__version__", "0.0.9")
    executor.submit(Job("old", tiny), recorder)
    end = recorder.wait_for_end("old")
    assert end.status == "failed"
    assert end.message is not None
    assert end.message.endswith("the server 0.0.9: install the same version on both")


def test_a_node_without_this_package_says_so(
    make: Make, recorder: Recorder, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = ModuleType("not_on_the_node")
    exec("def lead(*arguments): yield None", elsewhere.__dict__)
    monkeypatch.setitem(sys.modules, "not_on_the_node", elsewhere)
    executor = make("ray")
    monkeypatch.setattr("emergescope.jobs.ray_cluster.lead", elsewhere.lead)
    executor.submit(Job("bare", tiny), recorder)
    end = recorder.wait_for_end("bare")
    assert end.status == "failed"
    assert end.message is not None
    assert "cannot run Emergescope" in end.message
    assert "No module named 'not_on_the_node'" in end.message


def test_a_run_for_a_gpu_fails_where_there_is_none(
    make: Make, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ray.cluster_resources", lambda: {"CPU": 2.0})
    make("ray").submit(Job("gpu", quick(TINY | {"training.device": "cuda"})), recorder)
    end = recorder.wait_for_end("gpu")
    assert (end.status, end.message) == ("failed", "the Ray cluster has no GPU: choose auto or cpu as the device")


def test_auto_is_the_cpu_on_every_node(ray_cluster: RayNode, tiny: RunConfig) -> None:
    from emergescope.jobs import ray_task  # noqa: PLC0415

    gpu = quick(TINY | {"training.device": "cuda"})
    assert tiny.training.device == "auto"
    job = ray_task.settled(Job("auto", tiny, origin=Origin(tiny, 5)))
    assert job.origin is not None
    assert (job.config.training.device, job.origin.config.training.device) == ("cpu", "cpu")
    assert patterns(job.config).problem == patterns(tiny).problem
    assert [ray_task.gpus(j) for j in (job, Job("gpu", gpu), Job("fork", tiny, origin=Origin(gpu, 5)))] == [
        0,
        1,
        1,
    ]


def test_more_threads_than_any_node_has_are_refused(make: Make) -> None:
    with pytest.raises(InvalidConfig, match="no node of the Ray cluster has 3 CPUs, but 2 at most"):
        make("ray", threads=3)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ray://head:10001", "cannot be streamed through Ray's client"),
        ("127.0.0.1:1", "no Ray cluster answers at 127.0.0.1:1"),
        ("nowhere.invalid:6379", "no Ray cluster answers at nowhere.invalid:6379"),
        ("head", "is no address of a Ray cluster"),
    ],
)
def test_a_cluster_that_cannot_be_had_is_a_sentence(address: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from emergescope.jobs.ray_cluster import connect  # noqa: PLC0415

    with pytest.raises(InvalidConfig, match=words):
        connect(address, 1)


def test_without_ray_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "emergescope.jobs.ray_cluster", raising=False)
    with pytest.raises(InvalidConfig, match=r"pip install 'emergescope\[ray\]'"):
        make_executor("ray", 1, 1, None)


def test_there_are_two_kinds() -> None:
    with pytest.raises(InvalidConfig, match="choose local or ray"):
        make_executor("slurm", 1, 1, None)


SERVER = """
import signal, sys, threading
from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Finished, Job
from emergescope.recording.events import Checkpointed
from tests.conftest import LONG, TINY, quick
from tests.jobs.recorder import Recorder

before = signal.getsignal(signal.SIGTERM)
executor, recorder = make_executor("ray", workers=1, threads=1, ray_address=None), Recorder()
assert signal.getsignal(signal.SIGTERM) is before
executor.submit(Job("short", quick(TINY)), recorder)
assert recorder.wait_for_end("short").status == "succeeded"
executor.submit(Job("long", quick(LONG)), recorder)
recorder.wait_for_frames("long", 3)
assert "torch" not in sys.modules
print("running", flush=True)
if sys.stdin.read() == "close":
    executor.close()
"""


@pytest.mark.parametrize("end", ["close", "kill"])
def test_a_ray_of_our_own_is_quiet_and_private_and_ends_with_its_server(end: str) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=pipe, stdout=pipe, stderr=pipe, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "running\n", server.stderr and server.stderr.read()
        processes = psutil.Process(server.pid).children(recursive=True)
        assert any("gcs_server" in " ".join(process.cmdline()) for process in processes)
        open_ports = [c.laddr.ip for p in processes for c in p.net_connections("tcp") if c.status == "LISTEN"]
        assert {ip.removeprefix("::ffff:") for ip in open_ports} == {"127.0.0.1"}
        if end == "kill":
            server.kill()
            # Ray's two agents look for their head node for another minute; they hold no runs.
            agents = [process for process in processes if process.name().endswith("Agent")]
            processes = [process for process in processes if process not in agents]
        assert server.communicate("close") == ("", "")
    _, alive = psutil.wait_procs(processes, timeout=TIMEOUT)
    assert alive == []


def test_cancelling_from_outside_is_told_as_a_death(make: Make, recorder: Recorder, endless: RunConfig) -> None:
    executor = make("ray", workers=1)
    import ray  # noqa: PLC0415  # not before the cluster is there, whose secret it reads

    executor.submit(Job("outside", endless), recorder)
    recorder.wait_for_frames("outside", 3)
    (task,) = executor._tasks  # type: ignore[attr-defined]
    ray.cancel(task.kill.args[0])
    end = recorder.wait_for_end("outside")
    assert (end.status, end.message) == ("died", "the run was cancelled in the Ray cluster by someone else")


@pytest.mark.parametrize("kind", ["AuthenticationError", "RpcError"])
def test_a_cluster_that_knows_us_no_longer_is_no_death_of_a_run(
    ray_cluster: RayNode, recorder: Recorder, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    import ray  # noqa: PLC0415

    from emergescope.jobs.ray_cluster import RayExecutor  # noqa: PLC0415

    lost: list[bool] = []
    executor = RayExecutor(1, on_lost=lambda: lost.append(True))

    def refuse(*arguments: object) -> None:
        raise getattr(ray.exceptions, kind)("WrongClusterID")

    monkeypatch.setattr(executor, "_start", refuse)
    for run_id in ("a", "b"):
        executor.submit(Job(run_id, tiny), recorder)
        assert recorder.wait_for_end(run_id) == Finished("paused", 0)
    assert executor.workers == 0
    assert lost == [True]
    executor.close()
