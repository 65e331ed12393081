"""One settings object, read once from the environment and handed down."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from kg.errors import SettingsError

PREFIX = "KG_"
"""A field is set by the variable of its name in capitals behind this: ``query_seconds`` by KG_QUERY_SECONDS."""

_NOT_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
"""Characters that no IRI holds (RFC 3987 §2.2)."""

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


MAY_BE_NONE = frozenset({"trusted_proxies"})
"""Numbers that may be 0; all others are above it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set; README.md tells what each is for. Durations are in seconds, sizes in bytes."""

    home: Path = Path()
    data: Path | None = None
    releases: Path = Path("releases")
    texts: Path | None = None
    base_iri: str = "https://attested.example/"
    query_seconds: float = 10.0
    query_bytes: int = 64_000
    answer_bytes: int = 64_000_000
    worker_memory: int = 2_000_000_000
    workers: int = 2
    trusted_proxies: int = 0
    write_token_sha256: str = ""
    write_seconds: float = 60.0
    write_bytes: int = 16_000_000

    def __post_init__(self) -> None:
        """Refuse what would only fail later and less clearly."""
        parts = urlsplit(self.base_iri)
        if parts.scheme not in ("http", "https") or not parts.netloc or not self.base_iri.endswith("/"):
            raise SettingsError(
                f"KG_BASE_IRI is {self.base_iri!r}: give an absolute http or https IRI that ends in '/'."
            )
        if _NOT_IN_IRI.search(self.base_iri):
            raise SettingsError(f"KG_BASE_IRI is {self.base_iri!r}: percent-encode spaces and the like.")
        for f in fields(self):
            value = getattr(self, f.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise SettingsError(f"{PREFIX}{f.name.upper()} is {value}: give a number, as in {f.default}.")
            if isinstance(f.default, int | float) and (value < 0 or (value == 0 and f.name not in MAY_BE_NONE)):
                least = "0 or more" if f.name in MAY_BE_NONE else "a number above 0"
                raise SettingsError(f"{PREFIX}{f.name.upper()} is {value}: give {least}.")
        if self.write_token_sha256 and not _SHA256.fullmatch(self.write_token_sha256):
            raise SettingsError(
                "KG_WRITE_TOKEN_SHA256 is no SHA-256: give the 64 hexadecimal digits that"
                ' printf %s "$TOKEN" | sha256sum prints, and never the token itself.'
            )
        if self.texts is not None and not self.texts.is_dir():
            raise SettingsError(f"KG_TEXTS is {self.texts}: that is not a folder. Name the folder of article texts.")

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

    def with_(self, **changes: object) -> Settings:
        """Return a copy in which every change that is not None has been made."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]

    def to_environment(self) -> dict[str, str]:
        """Return the variables that give these settings to a child process, whatever its environment holds else."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {PREFIX + name.upper(): "" if value is None else str(value) for name, value in values.items()}


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings that the environment gives.

    Raises SettingsError for a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    given: dict[str, object] = {}
    for f in fields(Settings):
        variable = PREFIX + f.name.upper()
        text = environment.get(variable, "")
        if text == "":
            continue
        given[f.name] = _convert(variable, text, f.default)
    return Settings(**given)  # type: ignore[arg-type]


def _convert(variable: str, text: str, default: object) -> object:
    if default is None or isinstance(default, Path):
        return Path(text)
    if isinstance(default, str):
        return text
    kind = type(default)
    try:
        return kind(text)  # type: ignore[call-arg]
    except ValueError:
        raise SettingsError(f"{variable} is {text!r}: give a number, as in {default}.") from None
