# `make demo` shows Kapstone; `make test` proves it. Each prepares what it needs.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -q
DRILL := PYTHONPATH=src:. $(BIN)/python -m tests.drills

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: demo
demo: app ## set everything up and serve a synthetic clinic on http://localhost:8000
	@exec $(BIN)/kapstone demo

.PHONY: test
test: dev browser check units journeys docs ## every check and every test
	@echo "Everything holds."

.PHONY: check
check: dev ## style, types, import contracts, templates
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/djlint src --lint --quiet

.PHONY: units
units: dev ## every test that needs no browser
	$(PYTEST) -n 2 --dist worksteal -m "not journey and not drill"
	$(PYTEST) -m drill

.PHONY: journeys
journeys: dev browser ## every test that drives a browser
	$(PYTEST) -n 2 --dist loadscope -m journey

.PHONY: sweep
sweep: dev ## who may do what: every person, relation, address and method
	KAPSTONE_SWEEP_CELLS=0 KAPSTONE_SWEEP_PARTS=8 \
	  $(PYTEST) -n 2 --dist worksteal tests/core/access/test_sweep.py

.PHONY: drill-sync
drill-sync: dev ## the room's entries through every loss, repeat, crash and clock: 100,000 schedules
	PYTHONPATH=src:. $(BIN)/python -m tests.sync.drill

.PHONY: drill-kill
drill-kill: dev ## 500 kills of the server and its database under 20 rooms at work, then the planted faults
	$(DRILL).kill
	@for fault in "answer before commit" "ids made by the server" "dose written apart"; do \
	  $(DRILL).kill --kills 25 --entries 250 --figures var/drills/kill-control.json \
	    --fault "$$fault" || exit 1; \
	done

.PHONY: drill-power
drill-power: dev ## 30 pulls of the power from the database's disk, then unsafe databases; needs root
	$(DRILL).power
	@for setting in synchronous_commit=off fsync=off; do \
	  $(DRILL).power --pulls 6 --figures var/drills/power-control.json \
	    --fault $$setting || exit 1; \
	done

.PHONY: drill-browser
drill-browser: dev browser ## the room in a real browser, its tab killed 300 times with the network gone
	KAPSTONE_DRILL_RUNS=$${KAPSTONE_DRILL_RUNS:-300} $(PYTEST) tests/journeys/test_without_network.py -k "dies or purged"

.PHONY: validation
validation: dev ## the science against published figures; rebuilds their page and pictures
	$(BIN)/kapstone science validate --out docs/science/validation
	$(PYTEST) tests/validation

# The peers live apart: nobody who works on Kapstone needs three solvers of other makers.
.PHONY: bench-science
bench-science: dev ## the science core's figures, beside solvers of other makers
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python var/bench
	$(BIN)/uv pip install --quiet --system-certs --python var/bench --require-hashes -r requirements/bench.txt
	PYTHONPATH=src:. var/bench/bin/python -m tests.science.bench

.PHONY: bench-web
bench-web: dev ## server time and queries of the main pages, small clinic and large
	$(BIN)/python tools/bench_web.py

.PHONY: bench-room
bench-room: dev ## 60 rooms writing, followed and browsed for 10 minutes; KAPSTONE_BENCH_MINUTES for less
	$(BIN)/python tools/bench_room.py

.PHONY: docs
docs: dev ## the documentation, in docs/_build/html; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo "Open docs/_build/html/index.html"

.PHONY: lock
lock: dev ## recompile requirements/*.txt from the *.in files
	@for set in uv app dev bench; do \
	  $(BIN)/uv pip compile --quiet --system-certs --python-version 3.11 --generate-hashes \
	    --no-header --no-annotate requirements/$$set.in -o requirements/$$set.txt; \
	done

.PHONY: vendor
vendor: dev ## compare files made by others with their recorded hashes
	$(BIN)/python tools/vendor.py

.PHONY: wheel
wheel: dev ## build the wheel into dist/
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

.PHONY: clean
clean: ## remove what can be made again (not var/: the clinic's data is there)
	rm -rf .venv dist build docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: app dev browser
app:
	@tools/prepare app
dev:
	@tools/prepare dev
browser:
	@tools/browser
