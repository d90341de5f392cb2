# Needs python3 (3.11 or newer) with its venv module, and make. Everything else is installed into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
T      ?=
FAULTS := $(addprefix tests/joined/test_fault_rule,.py _workloads.py _cloud.py) tests/joined/test_silent_account.py

.DEFAULT_GOAL := check
.PHONY: demo test lint check coverage faults bench generate clean

$(VENV)/.base: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("logcov needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[sandbox]'
	@touch $@

$(VENV)/.dev: $(VENV)/.base dev-requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r dev-requirements.txt
	@touch $@

demo: $(VENV)/.base  ## Audit the pretend company Acme over HTTP on loopback, and write demo-report.md
	@$(BIN)/logcov audit --sandbox -o demo-report.md; code=$$?; \
	case $$code in \
	  0|10|11|12) echo; echo "The audit ended with exit code $$code (10: gaps, 11: incomplete, 12: both). The report for auditors: demo-report.md";; \
	  *) exit $$code;; \
	esac

test: $(VENV)/.dev  ## Run the tests, offline; T='tests/policy -k dates' picks some
	$(BIN)/python -m pytest -n auto --dist worksteal $(T)

faults: $(VENV)/.dev  ## Deny every single call of a sandbox audit, and take away every listing and value: no verdict may change but to unknown
	LOGCOV_EVERY_FAULT=1 $(BIN)/python -m pytest -n auto --dist worksteal $(FAULTS)

coverage: $(VENV)/.dev  ## Run the tests and hold the coverage gates
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report= $(FAULTS:%=--ignore %)
	$(BIN)/python -m pytest -n auto --dist worksteal $(FAULTS)
	$(BIN)/python -m coverage report --fail-under=95
	$(BIN)/python -m coverage report --fail-under=100 --include='src/logcov/documents/*,src/logcov/inventory/*,src/logcov/selection/*,src/logcov/coverage/*,src/logcov/policy/*,src/logcov/evaluate/*,src/logcov/findings.py'

lint: $(VENV)/.dev  ## Formatting, lint, types and layers
	$(BIN)/ruff format --check src tests benchmarks docs/generate.py
	$(BIN)/ruff check src tests benchmarks docs/generate.py
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: $(VENV)/.dev  ## Calls, wall time, CPU and peak memory of a sandbox audit, of a large AWS and of a large Google Cloud estate; no tests
	$(BIN)/python benchmarks/sandbox_audit.py
	$(BIN)/python benchmarks/aws_estate.py
	$(BIN)/python benchmarks/aws_log_groups.py
	$(BIN)/python benchmarks/gcp_estate.py

generate: $(VENV)/.dev  ## Write the generated pages and schemas again
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* demo-report.md .logcov
