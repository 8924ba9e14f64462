"""Each compose profile is whole, and shows the dashboard's port alone, to this machine alone."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from emergescope.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[1]
SERVERS = {"app": "default", "app-postgres": "postgres", "app-cluster": "cluster"}

Services = dict[str, dict[str, Any]]


def load(path: str) -> Services:
    services: Services = yaml.safe_load((ROOT / path).read_text("utf-8"))["services"]
    return services


@pytest.fixture(scope="module")
def services() -> Services:
    return load("docker-compose.yml")


def test_a_profile_has_its_server_and_what_that_depends_on(services: Services) -> None:
    profiles = {name: set(service["profiles"]) for name, service in services.items()}
    assert {name: profiles[name] for name in SERVERS} == {name: {profile} for name, profile in SERVERS.items()}
    for name, service in services.items():
        for needed in service.get("depends_on", {}):
            assert profiles[name] <= profiles[needed], f"{name} needs {needed}"


def test_no_profile_means_the_default_one(services: Services) -> None:
    settings = (ROOT / ".env").read_text("utf-8").splitlines()
    assert [line for line in settings if not line.startswith("#")] == ["COMPOSE_PROFILES=default"]
    assert [name for name, service in services.items() if "default" in service["profiles"]] == ["app"]


def test_only_the_servers_are_published_and_on_this_machine_alone(services: Services) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published.keys() == SERVERS.keys()
    for ports in published.values():
        assert ports == ["127.0.0.1:${EMERGESCOPE_PORT:-8470}:8470"]
    assert not any("network_mode" in service for service in services.values())


def test_services_are_watched_started_again_and_given_time_to_stop(services: Services) -> None:
    for name, service in services.items():
        assert service["restart"] == "unless-stopped", name
        assert int(service["stop_grace_period"].removesuffix("s")) > 10, name
        assert ("healthcheck" in service) == (name not in SERVERS), name  # the image has the server's
    assert "/api/health" in (ROOT / "Dockerfile").read_text("utf-8")


def test_every_setting_is_passed_on_that_a_profile_does_not_decide(services: Services) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    decided = {
        f"{PREFIX}{name}"
        for name in ("HOST", "PORT", "DATA", "DATABASE_URL", "EXECUTOR", "PUBLISHED_PORT", "RAY_ADDRESS")
    }
    for name in SERVERS:
        settings = {key: value for key, value in services[name]["environment"].items() if key.startswith(PREFIX)}
        assert settings.keys() <= known
        assert {key for key, value in settings.items() if value is None} == known - decided


def test_images_have_extras_that_exist(services: Services) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    (usual,) = re.findall(r"^ARG EXTRAS=(.*)$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    builds = {name: service["build"] for name, service in services.items() if "build" in service}
    chosen = {name: usual if build == "." else build["args"]["EXTRAS"] for name, build in builds.items()}
    ray = {"app-cluster", "ray-head", "ray-worker"}
    assert {name: set(names.split(",")) for name, names in chosen.items()} == {
        name: {"postgres", "ray"} if name in ray else {"postgres"} for name in builds
    }
    assert {"postgres", "ray"} <= extras.keys()


def test_the_database_and_its_users_agree(services: Services) -> None:
    database = services["postgres"]["environment"]
    for name in ("app-postgres", "app-cluster"):
        server = services[name]["environment"]
        user, place = database["POSTGRES_USER"], f"postgres/{database['POSTGRES_DB']}"
        assert server["EMERGESCOPE_DATABASE_URL"] == f"postgresql://{user}@{place}"
        assert server["PGPASSWORD"] == database["POSTGRES_PASSWORD"]


def test_the_cluster_has_a_secret_that_is_in_no_file(services: Services) -> None:
    for name in ("app-cluster", "ray-head", "ray-worker"):
        assert services[name]["environment"]["RAY_AUTH_MODE"] == "token"
        assert services[name]["volumes"] == ["ray:/data"]  # the home of the image's user, which Ray keeps it in
    assert "RAY_AUTH_TOKEN" not in (ROOT / "docker-compose.yml").read_text("utf-8")


def test_the_address_that_is_told_has_the_published_port(services: Services) -> None:
    for name in SERVERS:
        published = services[name]["environment"]["EMERGESCOPE_PUBLISHED_PORT"]
        assert services[name]["ports"] == [f"127.0.0.1:{published}:8470"]


def test_the_image_serves_any_user_of_group_0() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ENV .*HOME=/data USER=\S+ EMERGESCOPE_DATA=/data$", dockerfile, re.MULTILINE)
    assert re.search(r"install -d -o emergescope -g 0 -m 2775 /data$", dockerfile, re.MULTILINE)
    assert re.search(r"^USER 10001:0$", dockerfile, re.MULTILINE)


def test_a_user_without_a_name_can_run_the_server(tmp_path: Path) -> None:
    unknown = ["unshare", "--user", "--map-user=1000680000", "--map-group=0"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*unknown, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no user namespaces here")
    image = {
        "HOME": str(tmp_path),
        "USER": "emergescope",
        "EMERGESCOPE_DATA": str(tmp_path),
        "PATH": os.environ["PATH"],
    }
    serve = [sys.executable, "-m", "emergescope", "serve", "--host", "0.0.0.0", "--port", "0", "--workers", "1"]
    published = {"EMERGESCOPE_PUBLISHED_PORT": "9000", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*unknown, *serve], env=image | published, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        first = server.stdout.readline()
        server.send_signal(signal.SIGTERM)
        server.stdout.read()
    assert first.startswith("Emergescope is at http://127.0.0.1:9000/?token=")
    assert (tmp_path / "emergescope.db").exists()


def test_each_server_is_used_for_real() -> None:
    smoke = load(".ci/compose.smoke.yml")["smoke"]
    assert smoke["command"] == ["app=local", "app-postgres=local", "app-cluster=ray"]
    used = re.search(r"COMPOSE_PROFILES=(\S+)", (ROOT / ".ci" / "run").read_text("utf-8"))
    assert used is not None
    assert set(used[1].split(",")) == set(SERVERS.values())
