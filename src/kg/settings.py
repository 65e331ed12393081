"""All settings with their documentation, read once from the environment and passed down."""

from __future__ import annotations

import base64
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Annotated, get_type_hints
from urllib.parse import urlsplit

from kg.errors import SettingsError

PREFIX = "KG_"
"""A field is set by the variable of its name in capitals behind this: ``query_seconds`` by KG_QUERY_SECONDS."""

PACKAGED = Path(__file__).parent / "first"
"""Ontology, data and queries of the first article, which an installed package has (force-include in pyproject.toml)."""

_NOT_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
"""Characters that no IRI holds (RFC 3987 §2.2)."""

_CONTACT = re.compile(r"mailto:[^\s@?&<>\"]+@[^\s@?&<>\"]+|https://[^\s/?#<>\"]+[^\s<>\"]*")

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


_CHOICES = {
    "engine": ("embedded", "remote"),
    "log_level": ("debug", "info", "warning", "error"),
    "log_format": ("auto", "json", "text"),
    "log_clients": ("network", "address", "none"),
}
"""The values of settings that have few."""

_ADDRESSES = ("engine_query", "engine_update", "engine_graphs")
"""The settings that a remote engine needs."""

_CREDENTIALS = re.compile(r"basic ([^\s:]+):(\S+)|bearer ([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)

_WITHOUT_LIMIT_AT_0 = (
    *("keep_days", "client_seconds", "client_errors", "client_requests"),
    *("client_front_seconds", "client_connections", "cache_bytes"),
)


HEADINGS = {
    "settings": "Folders and names",
    "engine": "Engine",
    "query_seconds": "Limits of a query",
    "workers": "Workers",
    "client_queries": "Limits of a client",
    "cache_bytes": "Front",
    "write_token_sha256": "Writes",
    "check_seconds": "Validation",
    "service_endpoints": "Federation",
    "keep_releases": "Old releases",
    "shutdown_seconds": "Operation",
}
"""The first setting of each group → the group's heading in the documentation (docs/settings.md)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each with its documentation. Durations are in seconds, sizes in bytes."""

    settings: Annotated[
        Path | None,
        "File of these settings, one `NAME=value` a line. The environment overrides it. SIGHUP reads it again.",
    ] = None
    home: Annotated[
        Path,
        "Folder that holds `ontology/`, `data/` and `queries/`. Without it, the working folder where that has an"
        " `ontology/`, else what comes with an installed `kg`: the first article.",
    ] = Path()
    data: Annotated[Path | None, "Another data folder."] = None
    releases: Annotated[Path, "Folder of the releases."] = Path("releases")
    texts: Annotated[
        Path | None, "Folder of article texts: evidence is checked against them, and pages show passages from them."
    ] = None
    base_iri: Annotated[str, "Base of all relative IRIs. Set your own before you first publish."] = (
        "https://attested.example/"
    )
    engine: Annotated[
        str, "What evaluates queries: `embedded` (worker processes) or `remote` (a SPARQL 1.1 service)."
    ] = "embedded"
    engine_query: Annotated[str, "Address of the service's query operation."] = ""
    engine_update: Annotated[str, "Address of the service's update operation."] = ""
    engine_graphs: Annotated[str, "Address of the service's graph store; `?graph=IRI` is added to it."] = ""
    engine_credentials: Annotated[
        str, "`basic NAME:PASSWORD` or `bearer TOKEN`, sent to these three addresses only and never logged."
    ] = field(default="", repr=False)
    engine_credentials_file: Annotated[Path | None, "File that holds the credentials instead."] = None
    engine_seconds: Annotated[float, "Deadline of each graph that is sent to the service, in seconds."] = 60.0
    query_seconds: Annotated[float, "Deadline of a query in seconds; its process is then killed."] = 10.0
    query_bytes: Annotated[int, "Longest query, in bytes."] = 64_000
    query_depth: Annotated[int, "Deepest nesting of brackets in a query or update."] = 100
    query_chain: Annotated[
        int, "Most operators or patterns in a row in a query or update; lists of data do not count."
    ] = 500
    query_rows: Annotated[
        int, "Most solutions or triples of an answer; more is an error, never a shortened answer."
    ] = 1_000_000
    answer_bytes: Annotated[int, "Largest answer in bytes; more is an error, never a shortened answer."] = 64_000_000
    worker_memory: Annotated[int, "Memory of a query worker, in bytes."] = 2_000_000_000
    workers: Annotated[int, "Queries evaluated at the same time."] = 2
    past_releases: Annotated[int, "Earlier releases kept open for `release=`, each for one query at a time."] = 2
    unsandboxed: Annotated[bool, "`1`: serve even where the system cannot confine query workers (no seccomp)."] = False
    queue: Annotated[int, "Queries that may wait for a worker; one more gets 503."] = 32
    client_queries: Annotated[int, "Concurrent requests of one client to the endpoints; one more gets 429."] = 16
    client_seconds: Annotated[
        float, "Seconds of evaluation of one client per minute, those for pages included. `0`: no limit."
    ] = 120.0
    client_errors: Annotated[int, "Failed requests of one client per minute, on all routes. `0`: no limit."] = 120
    client_requests: Annotated[
        int, "Requests of one client per minute, on all routes; answers from the cache do not count. `0`: no limit."
    ] = 3_000
    client_front_seconds: Annotated[
        float, "Seconds of the front's processor of one client per minute. `0`: no limit."
    ] = 20.0
    client_connections: Annotated[int, "Open connections of one client, unless a proxy is trusted. `0`: no limit."] = (
        200
    )
    cache_bytes: Annotated[
        int, "Room for repeated answers, in memory and in files in `/tmp`, in bytes. `0`: no cache."
    ] = 128_000_000
    hosts: Annotated[str, "Host names that the server answers to, separated by spaces. None: any."] = ""
    trusted_proxies: Annotated[int, "Number of reverse proxies in front whose `X-Forwarded-` headers are believed."] = 0
    write_token_sha256: Annotated[str, "SHA-256 of the token that allows writes. Without it nobody can write."] = ""
    write_seconds: Annotated[float, "Deadline of a write in seconds, its wait for earlier writes included."] = 60.0
    write_bytes: Annotated[int, "Longest update or graph, in bytes."] = 16_000_000
    check_seconds: Annotated[
        float, "Deadline in seconds of `kg check`, of `kg coverage`, and of validation in `kg build`."
    ] = 600.0
    check_memory: Annotated[int, "Memory of the process that reads and validates data, in bytes."] = 4_000_000_000
    check_bytes: Annotated[int, "Longest data file that is read, in bytes."] = 16_000_000
    service_endpoints: Annotated[
        str, "Endpoints that `SERVICE` may call: addresses, or `IRI=address`, separated by spaces. No other is called."
    ] = ""
    service_private: Annotated[bool, "`1`: those endpoints may have private and loopback addresses."] = False
    service_seconds: Annotated[float, "Deadline of one `SERVICE` call in seconds, within the query's own."] = 5.0
    service_bytes: Annotated[int, "Largest answer to a `SERVICE` call, in bytes."] = 4_000_000
    service_rows: Annotated[int, "Most rows of the answer to a `SERVICE` call."] = 10_000
    keep_releases: Annotated[int, "The newest releases that `kg prune` keeps."] = 100
    keep_days: Annotated[int, "Days for which `kg prune` keeps a release. `0`: age does not protect a release."] = 30
    shutdown_seconds: Annotated[float, "Seconds for which a stopping server finishes the answers it has begun."] = 30.0
    log_level: Annotated[str, "Least level that is logged: `debug`, `info` (each request), `warning` or `error`."] = (
        "info"
    )
    log_format: Annotated[
        str, "`json`, one object a line; `text`, for people; `auto`: text on a terminal, else JSON."
    ] = "auto"
    log_queries: Annotated[int, "Characters of a query's text that are logged with its request."] = 0
    log_clients: Annotated[
        str, "What is logged of a client's address: its `network` (/24, /48), the `address`, or `none`."
    ] = "network"
    metrics_public: Annotated[bool, "`1`: everyone may read `/metrics`, not only this machine."] = False
    contact: Annotated[str, "`mailto:` or `https:` address for corrections; pages add the IRI and the release."] = ""

    def __post_init__(self) -> None:
        """Refuse what would only fail later and less clearly."""
        parts = urlsplit(self.base_iri)
        if parts.scheme not in ("http", "https") or not parts.netloc or not self.base_iri.endswith("/"):
            raise SettingsError(
                f"KG_BASE_IRI is {self.base_iri!r}: give an absolute http or https IRI that ends in '/'."
            )
        if _NOT_IN_IRI.search(self.base_iri):
            raise SettingsError(f"KG_BASE_IRI is {self.base_iri!r}: percent-encode spaces and the like.")
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise SettingsError(f"{PREFIX}{name.upper()} is {getattr(self, name)!r}: give {' or '.join(known)}.")
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{PREFIX}{f.name.upper()} is {value}: give a number, as in {f.default}.")
            # A number that is 0 by default counts what there need not be any of
            may_be_0 = f.default == 0 or f.name in _WITHOUT_LIMIT_AT_0
            if isinstance(f.default, int | float) and (value < 0 or (value == 0 and not may_be_0)):
                least = "0 or more" if may_be_0 else "a number above 0"
                raise SettingsError(f"{PREFIX}{f.name.upper()} is {value}: give {least}.")
        if self.write_token_sha256 and not _SHA256.fullmatch(self.write_token_sha256):
            raise SettingsError(
                "KG_WRITE_TOKEN_SHA256 is no SHA-256: give the 64 hexadecimal digits that"
                ' printf %s "$TOKEN" | sha256sum prints, and never the token itself.'
            )
        _check_contact(self.contact)
        self._check_engine()
        _ = self.endpoints
        if self.texts is not None and not self.texts.is_dir():
            raise SettingsError(f"KG_TEXTS is {self.texts}: that is not a folder. Name the folder of article texts.")

    def _check_engine(self) -> None:
        for name in _ADDRESSES:
            url, variable = getattr(self, name), PREFIX + name.upper()
            if url and not (url.startswith(("http://", "https://")) and _is_plain(url)):
                raise SettingsError(
                    f"{variable} is {_hide(url)!r}: give an http or https address without user name and fragment."
                    " A name and password go into KG_ENGINE_CREDENTIALS."
                )
            if not url and self.engine == "remote":
                raise SettingsError(
                    f"KG_ENGINE is 'remote' and {variable} is not set: a remote engine needs the addresses of its"
                    " query, update and graph store services, KG_ENGINE_QUERY, KG_ENGINE_UPDATE and KG_ENGINE_GRAPHS."
                )
        if self.engine_credentials and self.engine_credentials_file is not None:
            raise SettingsError("KG_ENGINE_CREDENTIALS and KG_ENGINE_CREDENTIALS_FILE are both set: give one of them.")
        if self.engine_credentials and not _CREDENTIALS.fullmatch(self.engine_credentials):
            raise _not_credentials("KG_ENGINE_CREDENTIALS")

    @property
    def engine_authorization(self) -> str | None:
        """The value of the header Authorization for a remote engine (RFC 7617, RFC 6750); None where it needs none.

        Raises SettingsError where the file that is to hold it cannot be read. Never to be logged.
        """
        given, source = self.engine_credentials, "KG_ENGINE_CREDENTIALS"
        if self.engine_credentials_file is not None:
            source = f"The file that KG_ENGINE_CREDENTIALS_FILE names, {self.engine_credentials_file},"
            try:
                given = self.engine_credentials_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{source} cannot be read: {getattr(error, 'strerror', error)}.") from None
        elif not given:
            return None
        found = _CREDENTIALS.fullmatch(given)
        if found is None:
            raise _not_credentials(source)
        if found[3]:
            return f"Bearer {found[3]}"
        return "Basic " + base64.b64encode(f"{found[1]}:{found[2]}".encode()).decode("ascii")

    @property
    def data_dir(self) -> Path:
        """Folder of the data."""
        return self.data if self.data is not None else self.home / "data"

    @property
    def ontology_dir(self) -> Path:
        """Folder of the ontology and the shapes."""
        return self.home / "ontology"

    @property
    def queries_dir(self) -> Path:
        """Folder of the stored queries."""
        return self.home / "queries"

    @property
    def endpoints(self) -> dict[str, str]:
        """IRI of each endpoint that SERVICE may call → the URL at which it is asked.

        Raises SettingsError for an entry of ``service_endpoints`` that is neither a URL nor ``IRI=URL``.
        """
        entries = (_read_endpoint(entry) for entry in self.service_endpoints.split())
        return dict(entries)

    def with_(self, **changes: object) -> Settings:
        """Return a copy in which every change that is not None has been made."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]

    def to_environment(self) -> dict[str, str]:
        """Return the variables that give these settings to a child process, whatever its environment holds else.

        The credentials of a remote engine are not among them: what reads untrusted data has no use for them.
        """
        withheld = dict.fromkeys(("settings", "engine_credentials", "engine_credentials_file"))  # settings: it is read
        values = {f.name: getattr(self, f.name) for f in fields(self)} | withheld
        return {PREFIX + name.upper(): "" if value is None else str(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class About:
    """The documentation of a setting: its variable, its default ("none" for an empty one), and what it does."""

    name: str
    variable: str
    default: str
    text: str


def describe_settings() -> list[About]:
    """Return the documentation of every setting, in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    return [
        About(f.name, PREFIX + f.name.upper(), _to_text(f.default), hints[f.name].__metadata__[0])
        for f in fields(Settings)
    ]


def _to_text(default: object) -> str:
    """Return a default as it is written in an environment variable."""
    if default is None or default == "":
        return "none"
    if isinstance(default, bool | float):
        return f"{default:g}"
    return str(default)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment gives, or else the file that its KG_SETTINGS names.

    Raises SettingsError for a value of the wrong kind, and for a file that cannot be read.
    """
    environment = os.environ if environment is None else environment
    file = environment.get(PREFIX + "SETTINGS")
    if file:
        environment = _read_file(Path(file)) | {name: value for name, value in environment.items() if value}
    given: dict[str, object] = {}
    for f in fields(Settings):
        variable = PREFIX + f.name.upper()
        text = environment.get(variable, "")
        if text == "":
            continue
        given[f.name] = _convert(variable, text, f.default)
    if "home" not in given and PACKAGED.is_dir() and not Path("ontology").is_dir():
        given["home"] = PACKAGED
    return Settings(**given)  # type: ignore[arg-type]


def _read_file(path: Path) -> dict[str, str]:
    """Return the variables of a file of lines ``KG_NAME=value``, in which a line may be empty or a comment with #."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"KG_SETTINGS names {path}, which cannot be read: {error}") from None
    known = {PREFIX + f.name.upper() for f in fields(Settings)}
    given: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = line.partition("=")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or name.strip() not in known:
            raise SettingsError(f"{path}:{number}: {name.strip()!r} is no setting. Write KG_NAME=value.")
        given[name.strip()] = value.strip()
    return given


def _not_credentials(source: str) -> SettingsError:
    return SettingsError(
        f"{source} holds no credentials: write 'basic NAME:PASSWORD' or 'bearer TOKEN', without quotes."
    )


def _hide(url: str) -> str:
    """Return a URL without the user name and password that it may contain."""
    return re.sub(r"//[^/@]*@", "//…@", url)


def _check_contact(contact: str) -> None:
    if contact and not _CONTACT.fullmatch(contact):
        raise SettingsError(
            f"KG_CONTACT is {contact!r}: give mailto:name@host or an https address, where readers suggest corrections."
        )


def _read_endpoint(entry: str) -> tuple[str, str]:
    given = re.fullmatch(r"(?:(\S+?)=)?(https?://\S+)", entry)
    if given is None or not _is_plain(given[2]):
        raise SettingsError(
            f"KG_SERVICE_ENDPOINTS names {entry!r}: give http or https addresses without user name and fragment,"
            " or IRI=address where an endpoint is reached elsewhere than its IRI says."
        )
    return given[1] or given[2], given[2]


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and parts.username is None and not parts.fragment
    except ValueError:  # a port that is none
        return False


def _convert(variable: str, text: str, default: object) -> object:
    if default is None or isinstance(default, Path):
        return Path(text)
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        return _read_switch(variable, text)
    kind = type(default)
    try:
        return kind(text)  # type: ignore[call-arg]
    except ValueError:
        raise SettingsError(f"{variable} is {text!r}: give a number, as in {default}.") from None


def _read_switch(variable: str, text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false"):
        raise SettingsError(f"{variable} is {text!r}: give 1 or 0.")
    return text.lower() in ("1", "true")
