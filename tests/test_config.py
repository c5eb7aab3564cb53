"""Settings from flags, environment and file: who wins, what is refused, and what is never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from summariser.endpoints.config import FILE_NAME, OPTIONS, Settings, parse_settings, read_settings
from summariser.endpoints.endpoint import ALIASES, CUSTOM, PROVIDERS, Endpoint
from summariser.errors import ConfigError
from summariser.schema.exchange import OutputMode

KEY = "sk-test-Zq81xYw07"


def parse(
    flags: Mapping[str, object] | None = None, environment: Mapping[str, str] | None = None, toml: str = ""
) -> Settings:
    """The settings from these sources."""
    return parse_settings(flags or {}, environment or {}, toml=toml)


def error_of(*sources: Any) -> str:
    """The sentence these sources are refused with."""
    with pytest.raises(ConfigError) as caught:
        parse(*sources)
    return str(caught.value)


# Precedence


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "expected"),
    [
        ({"model": "flag"}, {"SUMMARISER_MODEL": "variable"}, "model = 'file'", "flag"),
        ({"model": None}, {"SUMMARISER_MODEL": "variable"}, "model = 'file'", "variable"),
        ({}, {"SUMMARISER_MODEL": ""}, "model = 'file'", "file"),
        ({}, {}, "", None),
    ],
)
def test_flag_beats_environment_beats_file_beats_default(
    flags: dict[str, object], environment: dict[str, str], toml: str, expected: str | None
) -> None:
    """The first source that has a value wins; an unset flag and an empty variable are no values."""
    assert parse(flags, environment, toml).model == expected


def test_defaults_are_those_of_the_manual() -> None:
    """Without any source the settings are OpenAI's with our own defaults."""
    settings = parse()

    assert settings.provider == "openai"
    assert (settings.temperature, settings.max_tokens, settings.concurrency) == (0.0, 8000, 16)
    assert (settings.repairs, settings.transport_attempts, settings.timeout_s) == (2, 8, 600.0)
    assert (settings.out, settings.ledger) == (Path("summaries"), Path(".summariser/ledger.db"))
    assert (settings.verify, settings.verify_model, settings.keep_text) == (None, None, True)


def test_every_setting_has_a_variable_of_its_name() -> None:
    """Texts from variables become the types of their settings."""
    environment = {
        "SUMMARISER_BASE_URL": "http://127.0.0.1:9/v1",
        "SUMMARISER_API_KEY": KEY,
        "SUMMARISER_MODEL": "m",
        "SUMMARISER_PROVIDER": "vllm",
        "SUMMARISER_TEMPERATURE": "0.5",
        "SUMMARISER_MAX_TOKENS": "100",
        "SUMMARISER_CONCURRENCY": "3",
        "SUMMARISER_REPAIRS": "1",
        "SUMMARISER_TRANSPORT_ATTEMPTS": "4",
        "SUMMARISER_TIMEOUT_S": "30",
        "SUMMARISER_MAX_WAIT_S": "5",
        "SUMMARISER_EXTRA_BODY": "{}",
        "SUMMARISER_EXTRA_HEADERS": "{}",
        "SUMMARISER_OUT": "records",
        "SUMMARISER_LEDGER": "l.db",
        "SUMMARISER_SPLIT_PROMPT": "split@1",
        "SUMMARISER_CASE_PROMPT": "case_study@1",
        "SUMMARISER_VERIFY": "true",
        "SUMMARISER_VERIFY_PROMPT": "verify@1",
        "SUMMARISER_VERIFY_MODEL": "judge",
        "SUMMARISER_KEEP_TEXT": "false",
    }

    settings = parse({}, environment)

    assert (settings.provider, settings.base_url, settings.model) == ("vllm", "http://127.0.0.1:9/v1", "m")
    assert (settings.temperature, settings.max_tokens, settings.concurrency, settings.repairs) == (0.5, 100, 3, 1)
    assert (settings.policy.attempts, settings.policy.longest_wait_s, settings.timeout_s) == (4, 5.0, 30.0)
    assert (settings.out, settings.ledger) == (Path("records"), Path("l.db"))
    assert (settings.split_prompt, settings.case_prompt) == ("split@1", "case_study@1")
    assert (settings.verify, settings.verify_prompt, settings.verify_model) == (True, "verify@1", "judge")
    assert settings.keep_text is False
    assert settings.notes == ()


@pytest.mark.parametrize("value", ["perhaps", "yes", "2"])
def test_a_switch_is_on_or_off(value: str) -> None:
    """A switch that is neither true nor false is an error that names the variable."""
    assert "SUMMARISER_VERIFY is" in error_of({}, {"SUMMARISER_VERIFY": value})
    assert parse({}, {}, "verify = true\nkeep_text = false").keep_text is False


def test_the_file_of_the_folder_is_read_and_its_paths_are_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths of the file are relative to its folder; files of parents are not looked at: a stranger may own them."""
    monkeypatch.setenv("SUMMARISER_CONCURRENCY", "5")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "a" / FILE_NAME).write_text("\ufeffmodel = '近'\nout = 'records'\n", encoding="utf-8")

    settings = read_settings({}, folder=tmp_path / "a")

    assert (settings.model, settings.out, settings.concurrency) == ("近", tmp_path / "a" / "records", 5)
    assert read_settings({}, folder=deep).model is None


@pytest.mark.parametrize("kind", ["folder", "link to nothing"])
def test_what_is_called_like_the_file_and_is_none_is_told(tmp_path: Path, kind: str) -> None:
    """Settings that somebody believes in are never passed over without a word."""
    path = tmp_path / FILE_NAME
    path.mkdir() if kind == "folder" else path.symlink_to("nothing")

    with pytest.raises(ConfigError, match="is no file"):
        read_settings({}, folder=tmp_path)


@pytest.mark.parametrize("value", ["/etc/records", "../records", "a/../../b"])
@pytest.mark.parametrize("name", ["out", "ledger"])
def test_a_path_of_the_file_stays_in_its_folder(name: str, value: str) -> None:
    """A file that was found may not write elsewhere; a flag may."""
    assert f"{name} in summariser.toml leads out of the folder" in error_of({}, {}, f"{name} = '{value}'")
    assert getattr(parse({name: value}), name) == Path(value)


# Providers


@pytest.mark.parametrize("name", sorted(set(PROVIDERS) - {"custom"}))
def test_every_provider_has_a_valid_address(name: str) -> None:
    """A preset passes the checks its user's address would have to pass; keys go over https or stay on this machine."""
    settings = parse({"provider": name, "model": "m", "api_key": KEY})

    assert settings.base_url == PROVIDERS[name].base_url
    assert not any("unencrypted" in note for note in settings.notes)
    assert settings.endpoint().known_mode is PROVIDERS[name].mode


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_a_provider_is_known_under_its_other_name(alias: str, name: str) -> None:
    """Kimi is Moonshot, and capital letters do not matter."""
    assert parse({"provider": alias.upper()}).provider == name


def test_the_desk_is_patient_and_needs_nothing_else() -> None:
    """A person answers: no key, a model name of its own, a day's time."""
    endpoint = parse({"provider": "desk"}).endpoint()

    assert endpoint == Endpoint(
        base_url="http://127.0.0.1:8765/v1",
        model="desk",
        known_mode=OutputMode.JSON_SCHEMA,
        timeout_s=86400.0,
    )


def test_a_timeout_that_is_given_beats_the_desks() -> None:
    """A provider's timeout is a default, no more."""
    assert parse({"provider": "desk"}, {"SUMMARISER_TIMEOUT_S": "5"}).timeout_s == 5.0


def test_an_address_alone_is_a_provider_of_its_own() -> None:
    """Any endpoint can be used by its address, without a key, and its capability is found out."""
    endpoint = parse({"base_url": "http://127.0.0.1:9/v1/", "model": "m"}).endpoint()

    assert (endpoint.base_url, endpoint.api_key, endpoint.known_mode) == ("http://127.0.0.1:9/v1", None, None)


def test_what_is_known_of_a_hosted_provider_does_not_hold_elsewhere() -> None:
    """A proxy that speaks for OpenAI may do less than OpenAI."""
    settings = parse({"provider": "openai", "base_url": "http://127.0.0.1:4000/v1", "model": "m", "api_key": KEY})

    assert settings.endpoint().known_mode is None


def test_an_unknown_provider_is_refused_with_the_nearest_and_all_known_ones() -> None:
    """A typo is answered with a guess."""
    shown = error_of({"provider": "depseek"})

    assert "provider: no provider is called 'depseek' (did you mean 'deepseek'?)" in shown
    assert all(name in shown for name in PROVIDERS)


def test_the_custom_provider_needs_an_address() -> None:
    """There is no address to fall back to."""
    assert "Set base_url" in error_of({"provider": CUSTOM.name})


# Keys


@pytest.mark.parametrize(
    ("provider", "variable"),
    [
        ("openai", "OPENAI_API_KEY"),
        ("deepseek", "DEEPSEEK_API_KEY"),
        ("qwen", "DASHSCOPE_API_KEY"),
        ("moonshot", "MOONSHOT_API_KEY"),
        ("zhipu", "ZHIPUAI_API_KEY"),
    ],
)
def test_a_provider_takes_its_own_variable_and_asks_for_it(provider: str, variable: str) -> None:
    """The variable of the provider's documentation works, and is named when it is missing."""
    settings = parse({"provider": provider, "model": "m"}, {variable: KEY})

    assert settings.key_source == variable
    assert settings.endpoint().api_key is not None
    with pytest.raises(ConfigError, match=rf"no key is set for {provider}.*{variable}"):
        parse({"provider": provider, "model": "m"}).endpoint()


def test_our_own_variable_beats_the_providers() -> None:
    """SUMMARISER_API_KEY is the nearer one."""
    settings = parse({}, {"OPENAI_API_KEY": "sk-other", "SUMMARISER_API_KEY": f"{KEY}\n"})

    assert settings.key_source == "SUMMARISER_API_KEY"
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == KEY


HOME = "https://eu.api.openai.com/v1"
NEAR, FAR = "http://127.0.0.1:4000/v1", "https://example.com/v1"


@pytest.mark.parametrize(
    ("variable", "base_url", "by", "is_sent"),
    [
        ("OPENAI_API_KEY", HOME, "file", True),
        ("OPENAI_API_KEY", HOME, "flag", True),
        ("OPENAI_API_KEY", "http://api.openai.com/v1", "flag", False),
        ("OPENAI_API_KEY", "https://api.openai.com.example.com/v1", "flag", False),
        ("OPENAI_API_KEY", "https://example.com/api.openai.com", "flag", False),
        ("OPENAI_API_KEY", NEAR, "file", False),
        ("OPENAI_API_KEY", NEAR, "flag", True),
        ("SUMMARISER_API_KEY", HOME, "file", True),
        ("SUMMARISER_API_KEY", NEAR, "file", False),
        ("SUMMARISER_API_KEY", FAR, "file", False),
        ("SUMMARISER_API_KEY", FAR, "flag", True),
        ("SUMMARISER_API_KEY", FAR, "variable", True),
    ],
)
def test_no_key_goes_to_an_address_that_only_a_file_names(variable: str, base_url: str, by: str, is_sent: bool) -> None:
    """A provider's own host over https gets a key however it is named; any other, if a flag or a variable names it."""
    toml = "provider = 'openai'\nmodel = 'm'" + (f"\nbase_url = '{base_url}'" if by == "file" else "")
    flags = {"base_url": base_url} if by == "flag" else {}
    environment = {variable: KEY} | ({"SUMMARISER_BASE_URL": base_url} if by == "variable" else {})

    settings = parse(flags, environment, toml)

    assert (settings.api_key is not None) is is_sent
    assert any(f"The key from {variable} is not sent" in note for note in settings.notes) is not is_sent
    if not is_sent:
        with pytest.raises(ConfigError, match="no key is set"):
            settings.endpoint()


def test_an_address_alone_never_gets_the_key_of_openai() -> None:
    """The default provider's key belongs to the default provider's address."""
    assert parse({"base_url": "https://example.com/v1"}, {"OPENAI_API_KEY": KEY}).api_key is None


def test_a_replay_needs_no_key() -> None:
    """Recordings answer without one."""
    assert parse({"model": "m"}).endpoint(is_replay=True).api_key is None


@pytest.mark.parametrize("key", [f"{KEY} {KEY}", f"{KEY}\nsecond", f"{KEY}密钥", f"“{KEY}”", "   ", f"{KEY}\x00"])
def test_a_key_that_can_be_none_is_refused_without_being_shown(key: str) -> None:
    """White space, line breaks and characters from an editor are named by their variable only."""
    shown = error_of({}, {"SUMMARISER_API_KEY": key})

    assert "SUMMARISER_API_KEY" in shown
    assert KEY not in shown


def test_a_key_in_the_file_is_refused_without_being_shown() -> None:
    """The file is meant to be committed."""
    shown = error_of({}, {}, f"api_key = '{KEY}'")

    assert "SUMMARISER_API_KEY" in shown
    assert KEY not in shown


def test_a_key_is_never_shown_by_the_settings() -> None:
    """Neither repr nor JSON nor the error about another setting holds it."""
    settings = parse({}, {"SUMMARISER_API_KEY": KEY})

    assert KEY not in repr(settings) + str(settings) + settings.model_dump_json()
    assert KEY not in error_of({}, {"SUMMARISER_API_KEY": KEY, "SUMMARISER_CONCURRENCY": "x"})


# Proxies


@pytest.mark.parametrize(
    ("environment", "base_url", "proxy", "source"),
    [
        (
            {"HTTPS_PROXY": "http://u:p@127.0.0.1:7890"},
            "https://a.example/v1",
            "http://u:p@127.0.0.1:7890",
            "HTTPS_PROXY",
        ),
        ({"http_proxy": "127.0.0.1:7890"}, "http://a.example/v1", "http://127.0.0.1:7890", "http_proxy"),
        ({"HTTP_PROXY": "http://h:1", "ALL_PROXY": "http://a:2"}, "https://a.example/v1", "http://a:2", "ALL_PROXY"),
        ({"ALL_PROXY": "http://a:2", "NO_PROXY": "example"}, "https://a.example/v1", None, ""),
        ({"ALL_PROXY": "http://a:2"}, "http://127.0.0.1:9/v1", None, ""),
        ({"ALL_PROXY": ""}, "https://a.example/v1", None, ""),
    ],
    ids=["own scheme", "without scheme", "all", "exception", "own machine", "empty"],
)
def test_the_proxy_is_the_one_that_the_environment_names_for_the_address(
    environment: dict[str, str], base_url: str, proxy: str | None, source: str
) -> None:
    """The variable of the scheme beats ALL_PROXY; NO_PROXY and our own machine need none."""
    endpoint = parse({"base_url": base_url, "model": "m"}, environment).endpoint()

    assert (endpoint.proxy and endpoint.proxy.get_secret_value(), endpoint.proxy_source) == (proxy, source)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALL_PROXY", "htp://hunter2@bad", "is no http or https or socks5 or socks5h address"),
        ("HTTPS_PROXY", "http://", "is no http"),
        ("ALL_PROXY", "http://127.0.0.1:hunter2", "no valid address"),
        ("ALL_PROXY", "http://hunter2 x", "spaces"),
        ("ALL_PROXY", "socks5://hunter2@127.0.0.1:9", "SOCKS proxy, for which a package is missing"),
        ("SSL_CERT_FILE", "no-such.pem", "'no-such.pem', which cannot be used (No such file"),
        ("SSL_CERT_DIR", "no-such-folder", "which cannot be used (No such file"),
        ("SSL_CERT_FILE", __file__, "which cannot be used"),
        ("SSLKEYLOGFILE", "no-such-folder/keys.log", "'no-such-folder/keys.log', which cannot be used"),
    ],
)
def test_a_setting_of_the_network_that_cannot_be_used_is_refused_by_its_variable(
    name: str, value: str, words: str
) -> None:
    """The message names the variable, and never repeats an address that may hold a password; a replay does not mind."""
    settings = parse({"base_url": "https://a.example/v1", "model": "m"}, {name: value})
    with pytest.raises(ConfigError) as caught:
        settings.endpoint()

    assert str(caught.value).startswith(f"{name} ")
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert settings.endpoint(is_replay=True).model == "m"


def test_a_header_that_may_be_a_key_goes_where_a_key_would() -> None:
    """Not to an address that only a file names, however it is spelled; other headers go, and all to named ones."""
    toml, headers = 'base_url = "https://a.example/v1"', {"authorization": "Basic abc", "X-Title": "press"}
    spelled = '{"authorization": "Basic abc", "X-Title": "press"}'

    held = parse({}, {"SUMMARISER_EXTRA_HEADERS": spelled}, toml)
    named = parse({"base_url": "https://a.example/v1"}, {"SUMMARISER_EXTRA_HEADERS": spelled}, toml)
    home = parse(
        {"extra_headers": ["X-Api-Key: abc"]}, {}, 'base_url = "https://api.openai.com/v1"\nprovider = "openai"'
    )

    assert held.extra_headers == {"X-Title": "press"}
    assert "The header authorization is not sent to a.example" in "".join(held.notes)
    assert (named.extra_headers, named.notes) == (headers, ())
    assert home.extra_headers == {"X-Api-Key": "abc"}


def test_a_header_that_takes_the_place_of_the_key_is_told() -> None:
    """Of key and Authorization the header is sent, and the person knows; beside another header the key goes as well."""
    flags = {"base_url": "http://127.0.0.1:9/v1"}
    both = parse({**flags, "extra_headers": ["Authorization: Basic abc"]}, {"SUMMARISER_API_KEY": KEY})
    other = parse({**flags, "extra_headers": ["X-Api-Key: abc"]}, {"SUMMARISER_API_KEY": KEY})

    assert both.notes == ("The header Authorization is sent in place of the key from SUMMARISER_API_KEY.",)
    assert other.notes == ()


@pytest.mark.parametrize("name", ["out", "ledger"])
def test_a_place_outside_is_told_with_flag_and_variable(name: str) -> None:
    """A file that leads out of its folder is refused, with how else the place may be given."""
    with pytest.raises(ConfigError, match=f"with --{name} or SUMMARISER_{name.upper()}"):
        parse({}, {}, f'{name} = "/tmp/x"')


STRANGE_VALUES = (
    *("1", "-1", "1e400", "nan", "inf", '"x"', '""', "true", "[]", "[1]", '["a: b"]', "{}", "{a=1}", "{a={b=1}}"),
    *("2026-01-01", "9999999999999999999999", '"\\u0000"', '"{"', '"[1]"', '"null"', '"1e999"', '{"" = 1}', "[[1]]"),
)


@pytest.mark.parametrize("value", STRANGE_VALUES)
def test_any_value_of_any_setting_is_taken_or_refused(value: str) -> None:
    """Whatever a stranger's file says, there are settings or a ConfigError that names the file, never a traceback."""
    for name in OPTIONS:
        for toml in (f"{name} = {value}", f"[request]\n{name} = {value}", f"[request.openai]\n{name} = {value}"):
            try:
                parse({"model": "m"}, {"OPENAI_API_KEY": KEY}, toml).endpoint()
            except ConfigError as error:
                assert FILE_NAME in str(error) or name in str(error)


# What is added to requests


def test_requests_get_more_fields_from_flag_variable_and_file() -> None:
    """A flag beats a variable beats the provider's table beats the general one beats the top of the file."""
    toml = """
provider = "qwen"
max_tokens = 1
[request]
max_tokens = 2
extra_body = { top_k = 1 }
extra_headers = { X-A = "1" }
[request.qwen]
extra_body = { enable_thinking = false }
[request.deepseek]
max_tokens = 3
"""
    settings = parse({"model": "m"}, {}, toml)
    assert (settings.max_tokens, settings.extra_body) == (2, {"enable_thinking": False})
    assert settings.extra_headers == {"X-A": "1"}

    settings = parse({"extra_headers": ["X-B: c: d"]}, {"SUMMARISER_EXTRA_BODY": '{"a": null}'}, toml)
    assert (settings.extra_body, settings.extra_headers) == ({"a": None}, {"X-B": "c: d"})


@pytest.mark.parametrize(
    ("flags", "toml", "words"),
    [
        ({"extra_body": "{"}, "", "extra_body is '{'"),
        ({"extra_body": "[1]"}, "", "extra_body is '[1]': it must be an object"),
        ({"extra_body": '{"messages": []}'}, "", "messages cannot be set here"),
        ({"extra_body": '{"a":' * 5000}, "", "extra_body is "),
        ({"extra_headers": ["hunter2"]}, "", "extra_headers is wrong: header 1 is none"),
        ({"extra_headers": ["X: hunter2\n"]}, "", None),
        ({"extra_headers": ["Y: 1", "X: hunter2\x00"]}, "", "header 2 is none"),
        ({"extra_headers": ["Content-Length: 3"]}, "", "header 1 cannot be sent"),
        ({"extra_headers": ["transfer-encoding: chunked"]}, "", "header 1 cannot be sent"),
        ({"extra_headers": '{"X": " hunter2"}'}, "", "header 1 cannot be sent"),
        ({"extra_headers": ["Content-Length-Limit: 3", "X: hunter2"]}, "[request]\nmax_tokens = 7", None),
        ({}, "[request]\nextra_headers = { Expect = 'x' }", "header 1 cannot be sent"),
        ({}, "[request]\nextra_headers = 3", "must be an object"),
        ({}, "[request]\nextra_headers = { X = 3 }", "must be text"),
        ({}, '[request]\nextra_headers = \'{"Authorization": "hunter2"}\'', "holds the header Authorization"),
        ({}, "[request]\nextra_headers = ['x-api-key: hunter2']", "holds the header x-api-key"),
        ({}, "[request]\nextra_headers = { host = 'hunter2' }", "holds the header Host"),
        ({"extra_body": '{"a": NaN}'}, "", "cannot be sent as JSON"),
        ({"extra_body": '{"a": "\\ud800"}'}, "", "cannot be sent as JSON"),
        ({}, "[request]\nextra_body = { a = 2026-05-01 }", "cannot be sent as JSON"),
        ({}, "[request]\nbody = 1", "'body'"),
        ({}, "request = 1", "unknown settings: 'request'"),
        ({}, "[request]\nopenai = 1", "request.openai in"),
        ({}, "[request.openai]\nbody = 1", "'body'"),
        ({}, "[request]\nextra_headers = { Authorization = 'hunter2' }", "holds the header Authorization"),
        ({}, "[request.openai.extra_headers]\napi-key = 'hunter2'", "holds the header api-key"),
    ],
)
def test_what_cannot_be_added_to_a_request_is_refused(flags: dict[str, object], toml: str, words: str | None) -> None:
    """The source is named, the value of a header never is."""
    if words is None:
        assert parse(flags, {}, toml).extra_headers["X"] == "hunter2"
    else:
        shown = error_of(flags, {}, toml)
        assert words in shown
        assert "hunter2" not in shown


# Notes


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "words"),
    [
        (
            {"base_url": "http://models.example.com/v1"},
            {"SUMMARISER_API_KEY": KEY},
            "",
            "The key from SUMMARISER_API_KEY travels unencrypted to models.example.com",
        ),
        ({}, {"SUMMARISER_BASEURL": "x"}, "", "SUMMARISER_BASEURL is not a setting; did you mean SUMMARISER_BASE_URL?"),
        ({}, {"SUMMARISER_MODLE": KEY}, "", "SUMMARISER_MODLE is not a setting; did you mean SUMMARISER_MODEL?"),
        ({}, {"SUMMARISER_OUTPUT": "x"}, "", "SUMMARISER_OUTPUT is not a setting; did you mean SUMMARISER_OUT?"),
        ({}, {"SUMMARISER_XYZZY": KEY}, "", "SUMMARISER_XYZZY is not a setting, and changes nothing."),
    ],
    ids=["plain http", "typo", "letters swapped", "longer", "unlike any"],
)
def test_what_is_risky_but_allowed_is_noted(
    flags: dict[str, object], environment: dict[str, str], toml: str, words: str
) -> None:
    """A note is a sentence for a person, not an error, and shows no key."""
    notes = " ".join(parse(flags, environment, toml).notes)

    assert words in notes
    assert KEY not in notes


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:1/v1", "http://localhost:1/v1", "https://example.com/v1"])
def test_a_key_that_nobody_else_can_read_is_not_noted(base_url: str) -> None:
    """Plain http to this machine and https to any other are in order."""
    assert parse({"base_url": base_url}, {"SUMMARISER_API_KEY": KEY}).notes == ()


# What is refused


@pytest.mark.parametrize("name", ["out", "ledger"])
def test_empty_path_is_no_folder(name: str) -> None:
    """Of flag, variable and file an empty path is an error that names it; any other empty variable is unset."""
    variable = f"SUMMARISER_{name.upper()}"

    assert f"{variable} is '': it must be a path" in error_of({}, {variable: ""})
    assert f"{name} is '': it must be a path" in error_of({name: ""}, {})
    assert f"{name} in summariser.toml is ''" in error_of({}, {}, f"{name} = ''")
    assert parse({}, {"SUMMARISER_REPAIRS": ""}).repairs == parse({}, {}).repairs


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("api.example.com/v1", "no http or https address"),
        ("ftp://example.com", "no http or https address"),
        ("http://", "no http or https address"),
        ("http://exa mple.com/v1", "spaces"),
        ("http://example.com\t/v1", "spaces"),
        ("http://user:hunter2@example.com/v1", "user name or password"),
        ("http://example.com:99999/v1", "no valid address"),
        ("http://[::1/v1", "no valid address"),
        ("https://example.com/v1?api-version=1", "query"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(base_url: str, words: str) -> None:
    """The source and the trouble are named; a password in the address is not shown."""
    shown = error_of({}, {"SUMMARISER_BASE_URL": base_url})

    assert shown.startswith("SUMMARISER_BASE_URL ")
    assert words in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize("tail", ["", "/", "/chat/completions", "/chat/completions/"])
def test_an_address_may_be_pasted_with_its_tail(tail: str) -> None:
    """What people copy from a manual is cut to the base URL."""
    assert parse({"base_url": f"https://example.com/v1{tail}"}).base_url == "https://example.com/v1"


def test_a_missing_model_is_named_when_it_is_needed() -> None:
    """Settings without a model are fine until a request is to be made."""
    with pytest.raises(ConfigError, match=r"no model is set for openai.*--model"):
        parse({}, {"OPENAI_API_KEY": KEY}).endpoint()


def test_unknown_settings_of_the_file_are_all_named() -> None:
    """Every unknown name is shown, with a guess where one is near."""
    shown = error_of({}, {}, "modle = 'm'\nfrobnicate = 1\nmax_tokens = 5")

    assert "'modle' (did you mean 'model'?)" in shown
    assert "'frobnicate'" in shown
    assert "summariser.toml" in shown


@pytest.mark.parametrize(
    ("environment", "toml"),
    [
        ({"SUMMARISER_CONCURRENCY": "many"}, ""),
        ({"SUMMARISER_CONCURRENCY": "0"}, ""),
        ({}, "concurrency = true"),
        ({}, "concurrency = 2.5"),
        ({}, "concurrency = [4]"),
        ({"SUMMARISER_TEMPERATURE": "nan"}, ""),
        ({"SUMMARISER_TEMPERATURE": "3"}, ""),
        ({"SUMMARISER_TIMEOUT_S": "inf"}, ""),
        ({"SUMMARISER_TIMEOUT_S": "0"}, ""),
        ({"SUMMARISER_MAX_TOKENS": "-1"}, ""),
        ({}, "model = ''"),
        ({}, "model = 7"),
        ({}, "out = 7"),
        ({"SUMMARISER_MAX_WAIT_S": "-1"}, ""),
        ({"SUMMARISER_OUT": "a\0b"}, ""),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_source(environment: dict[str, str], toml: str) -> None:
    """The variable or the entry of the file is named, with the value."""
    shown = error_of({}, environment, toml)

    source = next(iter(environment), f"{toml.split(' ', maxsplit=1)[0]} in summariser.toml")
    assert shown.startswith(f"{source} is ")


def test_all_wrong_values_are_named_at_once() -> None:
    """Two wrong values are one error."""
    shown = error_of({"repairs": "x"}, {"SUMMARISER_CONCURRENCY": "y"})

    assert "repairs is 'x'" in shown
    assert "SUMMARISER_CONCURRENCY is 'y'" in shown


def test_a_file_that_is_no_toml_is_named_with_the_line() -> None:
    """Where it breaks is said."""
    assert "summariser.toml is not valid TOML" in error_of({}, {}, "model = 'm'\nmodel =")


@pytest.mark.parametrize(
    "toml",
    [".".join("a" * 3000) + " = 1", "model = 'm'\n" * 9000, "#" * 200_000, "model = '" + "é" * 60_000 + "'"],
    ids=["a key of dots", "lines", "a comment", "bytes"],
)
def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    toml: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader of TOML takes the square of a key's dots in memory; it is not asked."""
    monkeypatch.setattr("tomllib.loads", lambda _: pytest.fail("read"))
    (tmp_path / "summariser.toml").write_text(toml, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"summariser\.toml is too large\. At most 100,000 bytes"):
        read_settings({}, folder=tmp_path)


@pytest.mark.parametrize(
    "toml",
    ["model = [" + "1,\n" * 9000 + "]", "provider = '" + "o" * 1900 + "'", "\n".join(f"a{n} = 1" for n in range(9000))],
)
def test_what_is_said_of_a_file_is_short(toml: str) -> None:
    """A person reads it in a terminal."""
    assert len(error_of({}, {}, toml)) < 1500


@pytest.mark.parametrize("value", ["[" * 5000, "{a=" * 5000, "9" * 5000, "0x" + "f" * 400_000], ids=len)
def test_a_file_nested_or_long_beyond_reason_is_refused(value: str) -> None:
    """Depth, and a number of thousands of digits, are errors of the file, not of the programme."""
    assert "summariser.toml" in error_of({}, {}, f"max_tokens = {value}")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A file in another encoding is named, not guessed at."""
    (tmp_path / FILE_NAME).write_bytes("out = '案例'".encode("gb18030"))

    with pytest.raises(ConfigError, match="UTF-8"):
        read_settings({}, folder=tmp_path)
