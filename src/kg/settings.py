"""One settings object, read once from the environment and handed down."""

from __future__ import annotations

import base64
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from kg.errors import SettingsError

PREFIX = "KG_"
"""A field is set by the variable of its name in capitals behind this: ``query_seconds`` by KG_QUERY_SECONDS."""

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


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; README.md tells what each is for. Durations are in seconds, sizes in bytes."""

    settings: Path | None = None
    home: Path = Path()
    data: Path | None = None
    releases: Path = Path("releases")
    texts: Path | None = None
    base_iri: str = "https://attested.example/"
    engine: str = "embedded"
    engine_query: str = ""
    engine_update: str = ""
    engine_graphs: str = ""
    engine_credentials: str = field(default="", repr=False)
    engine_credentials_file: Path | None = None
    engine_seconds: float = 60.0
    query_seconds: float = 10.0
    query_bytes: int = 64_000
    query_depth: int = 100
    query_chain: int = 500
    query_rows: int = 1_000_000
    answer_bytes: int = 64_000_000
    worker_memory: int = 2_000_000_000
    workers: int = 2
    past_releases: int = 2
    unsandboxed: bool = False
    queue: int = 32
    client_queries: int = 16
    client_seconds: float = 120.0
    client_errors: int = 120
    client_requests: int = 3_000
    client_front_seconds: float = 20.0
    client_connections: int = 200
    cache_bytes: int = 128_000_000
    hosts: str = ""
    trusted_proxies: int = 0
    write_token_sha256: str = ""
    write_seconds: float = 60.0
    write_bytes: int = 16_000_000
    check_seconds: float = 600.0
    check_memory: int = 4_000_000_000
    check_bytes: int = 16_000_000
    service_endpoints: str = ""
    service_private: bool = False
    service_seconds: float = 5.0
    service_bytes: int = 4_000_000
    service_rows: int = 10_000
    keep_releases: int = 100
    keep_days: int = 30
    shutdown_seconds: float = 30.0
    log_level: str = "info"
    log_format: str = "auto"
    log_queries: int = 0
    log_clients: str = "network"
    metrics_public: bool = False
    contact: str = ""

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

        The credentials of a remote engine are not among them: what reads strangers' data has no use for them.
        """
        withheld = dict.fromkeys(("settings", "engine_credentials", "engine_credentials_file"))  # settings: it is read
        values = {f.name: getattr(self, f.name) for f in fields(self)} | withheld
        return {PREFIX + name.upper(): "" if value is None else str(value) for name, value in values.items()}


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
    """Return a URL without the user name and password that may stand in it."""
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
