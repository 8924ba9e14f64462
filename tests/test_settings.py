"""Settings come from the environment or the caller, refuse nonsense by name, and are all in docs/settings.md."""

import re
from pathlib import Path

import pytest

from emergescope.errors import InvalidConfig
from emergescope.settings import PREFIX, Settings, Workers, find_database

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_environment_and_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGESCOPE_PORT", "9001")
    monkeypatch.setenv("EMERGESCOPE_WORKERS", "3")
    settings = Settings.load(workers=5, host=None)
    assert (settings.port, settings.workers, settings.host) == (9001, 5, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", "70000"), ("PORT", "x"), ("WORKERS", "0"), ("THREADS", "0"), ("MAX_BODY", "1"), ("KEEP", "nan")),
        *(
            (name, str(10**30))
            for name in ("WORKERS", "THREADS", "MAX_BODY", "MAX_MEMORY", "MAX_STEPS", "MAX_WORK", "MAX_FILM")
        ),
        *((name, str(10**30)) for name in ("MAX_QUEUE", "MAX_EXPERIMENT_RUNS", "MAX_BYTES", "KEEP")),
        *((name, "x" * 20_000) for name in ("HOST", "TOKEN", "ALLOWED_HOSTS", "RAY_ADDRESS")),
    ],
)
def test_a_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(InvalidConfig, match=PREFIX + name) as caught:
        Settings.load()
    assert [field.pointer for field in caught.value.fields] == [f"/{name.lower()}"]


def test_a_token_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "a-secret-of-25-characters"
    monkeypatch.setenv(PREFIX + "TOKEN", secret)
    settings = Settings.load()
    assert settings.token is not None
    assert settings.token.get_secret_value() == secret
    assert secret not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("token", ["short-by-one-ch", "sixteen and more, but with spaces", "sechzehn-und-mehr-ä"])
def test_a_token_that_cannot_be_used_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv(PREFIX + "TOKEN", token)
    with pytest.raises(InvalidConfig, match=PREFIX + "TOKEN: a token has") as caught:
        Settings.load()
    assert token not in str(caught.value)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_variable_means_the_default(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    defaults = Settings.load()
    for name in Settings.model_fields:
        monkeypatch.setenv(PREFIX + name.upper(), blank)
    assert Settings.load() == defaults
    assert defaults.token is None


def test_what_kubernetes_tells_of_a_service_of_that_name_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PORT": "tcp://10.0.0.1:8470",
        "PORT_8470_TCP": "tcp://10.0.0.1:8470",
        "PORT_8470_TCP_ADDR": "10.0.0.1",
        "SERVICE_HOST": "10.0.0.1",
        "SERVICE_PORT": "8470",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    assert Settings.load().port == 8470
    assert Settings.load(port=9000).port == 9000


def test_a_part_is_not_troubled_by_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(PREFIX + name.upper(), "7" if name in ("workers", "threads") else "-1")
    assert Workers.load().workers == 7
    with pytest.raises(InvalidConfig, match=PREFIX + "PORT"):
        Settings.load()


@pytest.mark.parametrize("ports", ["8470", "8470-8479"])
def test_published_ports(ports: str) -> None:
    assert Settings.load(published_port=ports).published_port == ports
    with pytest.raises(InvalidConfig, match="PUBLISHED_PORT: write a port, as 8470"):
        Settings.load(published_port=f"{ports}-x")


def test_the_directory_that_is_named_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "DATABASE_URL", "postgresql://host/runs")
    assert find_database(Path("here")) == Path("here")
    assert find_database(None) == "postgresql://host/runs"


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_which_addresses_this_machine_alone_can_reach(host: str, local: bool) -> None:
    assert Settings.load(host=host).is_local is local


def test_allowed_hosts_are_names_between_commas() -> None:
    assert Settings.load(allowed_hosts=" Lab.example,, other ").host_names == {"lab.example", "other"}
    assert Settings.load().host_names == set()


def test_origins_of_pages_that_may_embed_ours() -> None:
    embed = " http://localhost:8888/,, https://*.Example.org ,http://127.0.0.1:*,vscode-webview:,http://localhost:8888"
    found = Settings.load(embed=embed).embedding_origins
    assert found == ("http://localhost:8888", "https://*.example.org", "http://127.0.0.1:*", "vscode-webview:")
    assert Settings.load().embedding_origins == ()


@pytest.mark.parametrize(
    "origin",
    [
        *("*", "http://*", "https:", "localhost:8888", "http://a.example/lab", "http://a b", "http://a; script-src *"),
        *("'unsafe-inline'", "http://a\r\nx: y", "http://user@host", "data:", "http://ü.example", "null"),
    ],
)
def test_what_is_no_origin_does_not_get_into_a_policy(origin: str) -> None:
    with pytest.raises(InvalidConfig, match="EMERGESCOPE_EMBED: write origins without a path"):
        Settings.load(embed=f"http://localhost:8888,{origin}")


@pytest.mark.parametrize(("path", "kept"), [("", ""), ("/", ""), ("/a/", "/a"), ("/user/me@x.org/proxy/1", None)])
def test_a_path_has_no_slash_at_its_end(path: str, kept: str | None) -> None:
    assert Settings.load(root_path=path).root_path == (path if kept is None else kept)


@pytest.mark.parametrize("path", ["a", "//a", "/a//b", "/a/../b", "/.", "/a b", "/a?b", "/a#b", '/a"', "/ü", "/a\n"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(InvalidConfig, match="EMERGESCOPE_ROOT_PATH: a path begins with /"):
        Settings.load(root_path=path)


def test_the_table_in_docs_is_complete() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE))
    assert rows == {PREFIX + name.upper(): field.description for name, field in Settings.model_fields.items()}


def test_the_database_is_the_url_or_else_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PREFIX + "DATABASE_URL", raising=False)
    assert Settings.load(data=Path("here")).database == Path("here")
    assert Settings.load(data=Path("here"), database_url=" ").database == Path("here")
    settings = Settings.load(data=Path("here"), database_url="postgresql://me:geheim@host/runs")
    assert settings.database == "postgresql://me:geheim@host/runs"
    assert "geheim" not in repr(settings)
