# Every target does its own set-up; .venv comes from the hashed lock files alone.
PYTHON ?= python3
PORT ?= 8400
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup demo test faults bench lint settings blank messages pictures clean

setup: .venv/.complete

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Overture needs Python 3.11 or later; choose one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: .venv/bin/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.complete: .venv/.runtime requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

demo: .venv/.runtime
	@$(BIN)/overture sandbox --port $(PORT)

# In three processes: many tests wait for servers of their own, and some measure how soon those answer.
test: .venv/.complete
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

# QUICK=1 measures less, ONLY="view button" some of it, KEEP=1 puts the table into docs/performance.md.
bench: .venv/.complete
	@$(BIN)/python bench/run.py $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY)) $(if $(KEEP),--write)

# The long form takes about two hours; every number can be set for less, as in OVERTURE_TEST_KILLS=200.
faults: export OVERTURE_TEST_KILLS ?= 1000
faults: export OVERTURE_TEST_REPLICA_KILLS ?= 100
faults: export OVERTURE_TEST_RACES ?= 200
faults: export OVERTURE_TEST_STEPS ?= 10000
faults: export OVERTURE_TEST_AWAY ?= 60
faults: .venv/.complete
	@$(BIN)/python -m pytest -s -o log_cli=false tests/faults tests/unit/services/test_order_of_events.py

lint: .venv/.complete
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy bench
	@$(BIN)/lint-imports

# Writes docs/settings.md and .env.example from bot/settings/__init__.py; a rule compares them.
settings: .venv/.complete
	@$(BIN)/python -m tests.rules.settings_documents

# Writes storage/blank.sql from the migrations; a rule compares.
blank: .venv/.complete
	@$(BIN)/python -m tests.rules.blank_database

# Needs Chromium and a font with Chinese; look at what it made before you keep it.
pictures: .venv/.complete
	@$(BIN)/python -m tests.scenario.pictures docs/images

# Takes the templates' words into the catalogues. What is new has an empty translation; nothing is guessed.
messages: .venv/.complete
	@$(BIN)/pybabel --quiet extract --mapping pyproject.toml --sort-by-file --add-location file --width 110 \
	  --output .venv/overture.pot templates
	@$(BIN)/pybabel --quiet update --input-file .venv/overture.pot --output-dir templates/locales --domain overture \
	  --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 110

clean:
	rm -rf .venv
