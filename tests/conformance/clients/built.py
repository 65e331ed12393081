"""Clients in JavaScript and Java: built from js/ and java/ with locked versions, in a folder that git ignores."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from conformance.clients.libraries import answer_all
from conformance.clients.programs import count_triples, run, try_server
from conformance.clients.questions import FORMS, SECOND_DATA, Questions, Row, judge
from conformance.manifest import HOME

SOURCES = Path(__file__).parent
BUILT = HOME / "build" / "conformance"
BUILD_SECONDS = 600
"""Longest that installing may take; a minute is usual, and a second where it was done before."""


class NotBuilt(Exception):
    """A tool is not on this machine, or the packages could not be fetched; the message says which."""


def build_js() -> Path:
    """Return the folder of the JavaScript clients with their packages; raises NotBuilt."""
    folder = _copy("js", "node", "npm")
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".installed"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        _build(["npm", "ci"], folder)
        shutil.copy(lock, installed)
    return folder


def build_java() -> str:
    """Return the class path of the Java clients; raises NotBuilt."""
    folder = _copy("java", "java", "mvn")
    goals = ["compile", "dependency:build-classpath", "-Dmdep.outputFile=target/classpath.txt"]
    _build(["mvn", "--quiet", "--batch-mode", *goals], folder)
    return f"{folder / 'target' / 'classes'}:{(folder / 'target' / 'classpath.txt').read_text().strip()}"


def _copy(name: str, *tools: str) -> Path:
    for tool in tools:
        if shutil.which(tool) is None:
            raise NotBuilt(f"{tool} is not installed on this machine")
    return shutil.copytree(SOURCES / name, BUILT / name, dirs_exist_ok=True)


def _build(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotBuilt(f"{command[0]} did not end within {BUILD_SECONDS} seconds") from None
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-4000:])
        raise NotBuilt(f"{command[0]} failed: its packages could not be fetched or built here")


def try_js(name: str, package: str, questions: Questions) -> Row:
    """Return the row of a JavaScript client, by the name of its file in js/."""
    version = json.loads((SOURCES / "js" / "package.json").read_text())["dependencies"][package]
    try:
        folder = build_js()
    except NotBuilt as error:
        return Row(package, version, missing=str(error))
    return Row(package, version, _ask_program(["node", str(folder / f"{name}.mjs")], questions))


def _ask_program(command: list[str], questions: Questions) -> dict[str, str | None]:
    """Return the outcome of asking a program that reads the questions and writes the answers as JSON."""
    try:
        return judge(json.loads(run(command, questions.to_json())), questions)
    except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
        return dict.fromkeys(FORMS, " ".join(str(error).split())[:200])


def try_java(questions: Questions) -> list[Row]:
    """Return the rows of Jena's command line, of Fuseki and of RDF4J."""
    pom = (SOURCES / "java" / "pom.xml").read_text()
    jena, rdf4j = (re.findall(rf"<{name}.version>([^<]*)", pom)[0] for name in ("jena", "rdf4j"))
    names = (("Apache Jena rsparql, arq", jena), ("Apache Jena Fuseki SERVICE", jena), (RDF4J, rdf4j))
    try:
        classes = build_java()
    except NotBuilt as error:
        return [Row(name, version, missing=str(error)) for name, version in names]
    java = ["java", "-cp", classes]
    return [
        _try_jena(java, jena, questions),
        _try_fuseki(java, jena, questions),
        Row(RDF4J, rdf4j, _ask_program([*java, "example.attested.Rdf4j"], questions)),
    ]


RDF4J = "RDF4J SPARQLRepository, SERVICE, FedX"


def _try_jena(java: list[str], version: str, questions: Questions) -> Row:
    data = BUILT / "second.nt"
    data.write_text(SECOND_DATA)
    remote = [*java, "arq.rsparql", "--service", questions.endpoint]
    csv = ["--results", "csv"]
    asks: dict[str, Callable[[], Any]] = {
        "select": lambda: run([*remote, *csv, questions.select]).split()[1:],
        "ask": lambda: run([*remote, questions.ask]).strip() == "Ask => Yes",
        "construct": lambda: count_triples(run([*remote, "--results", "nt", questions.construct])),
        "describe": lambda: count_triples(run([*remote, "--results", "nt", questions.describe])),
        "error": lambda: run([*remote, questions.error]),
        "service": lambda: run([*java, "arq.arq", "--data", str(data), *csv, questions.service]).split()[1:],
    }
    return Row("Apache Jena rsparql, arq", version, judge(answer_all(asks), questions))


def _try_fuseki(java: list[str], version: str, questions: Questions) -> Row:
    command = [*java, "example.attested.Fuseki"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as fuseki:
        assert fuseki.stdin is not None
        assert fuseki.stdout is not None
        fuseki.stdin.write(questions.to_json() + "\n")
        fuseki.stdin.flush()
        row = try_server("Apache Jena Fuseki SERVICE", version, fuseki.stdout.readline().strip(), questions)
        fuseki.stdin.close()
    return row
