# make serve   all set-up, build, and serve on http://127.0.0.1:8000 (PORT=…)
# make test    all set-up, and a quick test of every guarantee
# make test-all   all set-up and every test, the slow ones too
# make torture   what a hostile client or a crash could do, tried on real servers; writes the table of SECURITY.md
# make docs   the generated pages of docs/: settings, commands, the drawing of the modules
# make audit   known vulnerabilities of what requirements.lock pins; needs the package index's advisories
# make conformance   the W3C's suites and real clients against running servers; writes CONFORMANCE.md

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

# Article texts are not part of the repository. Where a folder of them is available, evidence is checked against it.
KG_TEXTS ?= $(wildcard ../shared/seeds)
export KG_TEXTS

# Where the environment forbids it to keep compiled modules, each of the tests' many processes compiles them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test test-all vnu audit torture conformance docs messages editor check lint format lock clean

serve: $(VENV)/.run
	$(BIN)/kg build
	exec $(BIN)/kg serve --port $(PORT)

test: $(VENV)/.dev browser vnu lint
	$(BIN)/pytest -n auto --dist worksteal -m "not slow"

# With what tests/helpers/slow.py marks: each has a quick test with it
test-all: $(VENV)/.dev browser vnu lint
	$(BIN)/pytest -n auto --dist worksteal

# What a machine lacks (the suites, Node, Java, their packages) is reported and not failed for.
conformance: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m conformance

# On loopback only, and bounded in time. QUICK=1 tries less of each kind.
torture: $(VENV)/.dev browser
	PYTHONPATH=tests $(BIN)/python -m torture

# Nothing that the code knows is written twice; tests/project/test_docs.py compares.
docs: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m documents

# Updates the catalogues of the pages' texts; what a translator has to look at is then empty or fuzzy.
messages: $(VENV)/.dev
	$(BIN)/pybabel -q extract -F babel.cfg -k gettext -k ngettext:1,2 -k mark --sort-by-file --no-location --omit-header -o $(VENV)/pages.pot src
	for po in src/kg/web/translations/*.po; do \
	  $(BIN)/pybabel -q update --no-wrap --ignore-obsolete --omit-header -l $$(basename $$po .po) -i $(VENV)/pages.pot -o $$po; done

# Bundles the SPARQL editor anew, from the packages that editor/package-lock.json pins, with their licences. Needs Node and npm.
editor:
	cd editor && npm ci --silent --no-audit --no-fund --ignore-scripts && npm run --silent build

check: $(VENV)/.run
	$(BIN)/kg check

# In an environment of its own: what it needs is no part of ours.
audit:
	@test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit \
	  && build/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; }
	build/audit/bin/pip-audit --strict --disable-pip --no-deps -r requirements.lock

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests examples
	$(BIN)/ruff format --check src tests examples
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix src tests examples
	$(BIN)/ruff format src tests examples

# Two environments in one: what serving needs, and that with what testing needs. Versions and hashes are locked.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "kg needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The browser tests drive the system's Chromium. Debian's package without windows is the quickest by far; another does.
.PHONY: browser
browser:
	@command -v chromium-headless-shell >/dev/null \
	  || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] && timeout 120 apt-get update -qq \
	       && DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq chromium-headless-shell >/dev/null; } \
	  || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { echo "The browser tests need Chromium: install it (Debian: apt-get install chromium-headless-shell)."; exit 1; }

# The Nu Html Checker, which the tests of the pages' HTML use where it is available
vnu:
	@test -e build/vnu/node_modules/vnu-jar || { command -v npm >/dev/null && command -v java >/dev/null \
	  && npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/vnu vnu-jar@26.9.27; } \
	  || echo "The Nu Html Checker needs npm and Java, and was not fetched: its test will be skipped."

lock: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	  pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) releases .pytest_cache .mypy_cache .ruff_cache
