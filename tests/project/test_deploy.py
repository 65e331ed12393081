"""The files of deploy/ do what they say: nginx before a real server, and systemd's own check of the unit."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF

from helpers.serving import HOME, Answer, Server, free_port
from helpers.slow import slow
from helpers.waiting import PATIENCE, wait_until
from helpers.writing import TOKEN, WritingServer
from kg.settings import PREFIX, Settings, read_settings
from kg.web.serve import threads

DEPLOY = HOME / "deploy"
NAME = "attested.example"
NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
SYSTEMD = shutil.which("systemd-analyze")
SITE = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
UNIT = (DEPLOY / "attested.service").read_text(encoding="utf-8")
DEFAULTS = Settings()


class Proxy:
    """nginx with the site of deploy/ on free ports of the loopback address, before a server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.plain, self.port = free_port(), free_port()
        make_certificate(folder)
        site = re.sub(r"^ *listen \[::\].*\n", "", SITE, flags=re.MULTILINE)
        replaced = {
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "/etc/ssl/attested/": f"{folder}/",
            "/var/cache/nginx/attested": f"{folder}/cache",
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{server.port};",
        }
        for old, new in replaced.items():
            assert old in site
            site = site.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        as_root = "user root;\n" if os.getuid() == 0 else ""  # else its workers could not write below the folder
        main = f"{as_root}pid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n"
        main += temporary
        file = folder / "nginx.conf"
        file.write_text(f"{main}{site}}}\n", encoding="utf-8")
        self.process = subprocess.Popen([str(NGINX), "-p", str(folder), "-c", str(file), "-g", "daemon off;"])
        self._wait(folder)

    def _wait(self, folder: Path) -> None:
        def answers() -> bool:
            assert self.process.poll() is None, (folder / "error.log").read_text()
            with suppress(OSError):
                return self.get("/code/flat").status > 0
            return False

        assert wait_until(answers), "nginx did not answer"

    def get(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        context = ssl._create_unverified_context()  # noqa: S323 - the certificate is the test's own
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=PATIENCE)
        try:
            named = {"Host": NAME} | {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


def make_certificate(folder: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={NAME}", "-days", "2"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def behind(releases: Path) -> Iterator[Server]:
    """A server with the settings of deploy/attested.env that are no folders, and few seconds for a query."""
    running = WritingServer(releases, KG_TRUSTED_PROXIES="1", KG_QUERY_SECONDS="2")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def proxy(behind: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed (Debian: apt-get install nginx-light openssl)")
    running = Proxy(behind, tmp_path_factory.mktemp("nginx"))
    yield running
    running.stop()


def test_addresses_in_answers_are_those_of_the_outside(proxy: Proxy) -> None:
    answer = proxy.get("/sparql", Accept="text/turtle")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle")
    service = rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#Service")
    assert list(graph.subjects(RDF.type, service)) == [rdflib.URIRef(f"https://{NAME}/sparql")]
    assert proxy.get("/id/russia").status == 303
    assert not proxy.get("/id/russia").headers["Location"].startswith("http:")


def test_what_a_client_claims_of_itself_goes_no_further(proxy: Proxy) -> None:
    answer = proxy.get("/sparql", Accept="text/turtle", X_Forwarded_Host="evil.example", X_Forwarded_Proto="ftp")
    assert b"evil.example" not in answer.body
    assert proxy.get("/code/flat", X_Request_Id="claimed-by-a-client").headers["X-Request-Id"] != "claimed-by-a-client"


def test_the_plain_port_leads_to_the_name_and_never_to_the_clients(proxy: Proxy) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=PATIENCE)
    connection.request("GET", "/issues?a=b", headers={"Host": "evil.example"})
    assert connection.getresponse().headers["Location"] == f"https://{NAME}/issues?a=b"
    connection.close()


@pytest.mark.parametrize("path", ["/metrics", "/health", "/health/live"])
def test_what_is_for_the_operator_is_closed(proxy: Proxy, path: str) -> None:
    assert proxy.get(path).status == 404


def test_a_deadline_and_a_syntax_error_pass_through_as_they_are(proxy: Proxy, behind: Server) -> None:
    slow = b"SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    answer = proxy.get("/sparql", "POST", slow, Content_Type="application/sparql-query")
    assert answer.status == 503
    assert answer.headers["Retry-After"]
    assert b"2 seconds" in answer.body
    wrong = proxy.get("/sparql?query=SELEC", Accept="text/csv")
    assert (wrong.status, wrong.body) == (400, behind.get("/sparql?query=SELEC", "text/csv").body)
    assert wrong.headers["Access-Control-Allow-Origin"] == "*"


def test_a_long_query_passes(proxy: Proxy) -> None:
    text = "ASK {}" + "#" * (DEFAULTS.query_bytes - 6)
    escaped = "".join(f"%{ord(c):02X}" for c in text[:21_000])
    assert proxy.get(f"/sparql?query={escaped}").status == 200
    assert proxy.get(f"/sparql?query={escaped}{escaped}").status == 414
    assert proxy.get("/sparql", "POST", text.encode(), Content_Type="application/sparql-query").status == 200


@slow("test_the_sizes_and_times_of_nginx_go_with_the_defaults")
def test_a_body_of_the_size_that_may_be_written_passes(proxy: Proxy) -> None:
    """An update that does nothing, at length."""
    body = b" " * (DEFAULTS.write_bytes - 10)
    named = {"Content_Type": "application/sparql-update", "Authorization": f"Bearer {TOKEN}"}
    assert proxy.get("/update", "POST", body, **named).status == 200
    assert proxy.get("/update", "POST", body + b" " * 2**20, **named).status == 413


def test_a_file_of_a_release_is_fetched_once(proxy: Proxy) -> None:
    active = json.loads(proxy.get("/releases.json").body)["active"]
    path = f"/release/{active}/manifest.json"
    first, second = proxy.get(path), proxy.get(path)
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert first.body == second.body


def test_answers_are_compressed_for_those_who_ask(proxy: Proxy) -> None:
    assert proxy.get("/ns.ttl", Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"
    assert proxy.get("/ns.ttl").headers["Content-Encoding"] is None


def test_one_address_that_asks_too_fast_is_told_when_to_come_back(proxy: Proxy) -> None:
    answers = []
    for _ in range(400):
        answers.append(proxy.get("/static/mark.svg"))
        if answers[-1].status == 429:
            break
    refused = answers[-1]
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_the_sizes_and_times_of_nginx_go_with_the_defaults() -> None:
    def number(directive: str) -> int:
        found = re.search(rf"^ *{directive} (\d+)", SITE, re.MULTILINE)
        assert found
        return int(found.group(1))

    assert number("client_max_body_size") * 2**20 >= DEFAULTS.write_bytes
    assert number("large_client_header_buffers 4") == 64  # the longest address that granian takes
    assert number("proxy_read_timeout") > max(DEFAULTS.write_seconds, DEFAULTS.query_seconds)
    assert number("proxy_max_temp_file_size") * 2**20 > DEFAULTS.answer_bytes


def test_the_settings_file_holds_settings() -> None:
    settings = read_settings({"KG_SETTINGS": str(DEPLOY / "attested.env")})
    assert (settings.trusted_proxies, settings.log_format) == (1, "json")
    named = set(re.findall(r"KG_\w+", UNIT + (DEPLOY / "Containerfile").read_text() + SITE))
    assert named <= {PREFIX + field.name.upper() for field in fields(Settings)}


def test_the_unit_gives_the_server_its_time_to_stop() -> None:
    found = re.search(r"TimeoutStopSec=(\d+)", UNIT)
    assert found
    assert int(found.group(1)) > DEFAULTS.shutdown_seconds
    assert "KillMode=mixed" in UNIT


def test_the_unit_lets_more_files_be_open_than_connections_may_wait() -> None:
    found = re.search(r"LimitNOFILE=(\d+)", UNIT)
    assert found
    assert int(found.group(1)) > 1024


def test_the_unit_has_room_for_two_fronts_and_allows_what_workers_need_and_no_more() -> None:
    found = re.search(r"TasksMax=(\d+)", UNIT)
    assert found
    assert int(found.group(1)) > 2 * threads(DEFAULTS) + 10 * (DEFAULTS.workers + 3)
    assert re.findall(r"^SystemCallFilter=([a-z].*)", UNIT, re.MULTILINE) == ["setrlimit prlimit64"]


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if SYSTEMD is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    unit = tmp_path / "attested.service"
    unit.write_text(UNIT.replace("/opt/attested/.venv/bin/kg", "/bin/true").replace("file:///opt", "file:///usr"))
    checked = subprocess.run([SYSTEMD, "verify", str(unit)], capture_output=True, text=True)
    told = [line for line in checked.stderr.splitlines() if "attested.service" in line]
    assert told == []
    rated = subprocess.run(
        [SYSTEMD, "security", "--offline=true", "--threshold=25", str(unit)], capture_output=True, text=True
    )
    assert rated.returncode == 0, rated.stdout + rated.stderr
