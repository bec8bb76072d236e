# All the set-up there is: python3 and make.  `make run` to see it work, `make test` to check it.
PYTHON ?= python3
BIN := .venv/bin
# Tests run side by side on every core, and timings are of one.
export OPENBLAS_NUM_THREADS := 1

.PHONY: help run test lint update-generated bench bench-layers clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 26

run: .venv/installed  ## set up what is missing, build the lesson's case, say where to look
	$(BIN)/symconv build
	@echo
	@echo 'The lesson'"'"'s case is in symconv-out/:'
	@echo '  derivation.md      the derivation, step by step (derivation.html as a page, derivation.tex for print)'
	@echo '  layer.py           the NumPy code that came out of it; test_layer.py beside it'
	@echo '  verification.json  what was checked, and how'
	@echo 'Another layer: $(BIN)/symconv build --help'

test: .venv/installed-test  ## the test suite without the slow tests
	$(BIN)/pytest -n auto -m 'not slow'

lint: .venv/installed-dev  ## what .ci/run asks of the style
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

update-generated: .venv/installed-test  ## rewrite generated/, the tables in benchmarks/ and what the README shows, after an intended change
	$(BIN)/pytest tests/test_generated.py tests/test_readme.py tests/bench/test_committed.py --update-golden

bench: .venv/installed-dev  ## measure the figures in benchmarks/README.md
	$(BIN)/pytest benchmarks --benchmark-only

bench-layers: .venv/installed-bench  ## measure the layer table beside other packages into benchmarks/ (half an hour)
	$(BIN)/symconv bench --layout channels_last --layout channels_first --accuracy fast --accuracy exact --seconds 2 \
		-o benchmarks/layers.json -o benchmarks/layers.svg -o benchmarks/layers.md
	$(BIN)/symconv bench 3x3 stem --layout channels_last --accuracy fast --dtype float64 --seconds 2 \
		-o benchmarks/float64.json -o benchmarks/float64.md
	$(BIN)/symconv bench 3x3 --layout channels_last --accuracy fast --against torch --threads 2 --seconds 2 \
		-o benchmarks/two-threads.json -o benchmarks/two-threads.md

clean:  ## remove whatever is made here
	rm -rf .venv symconv-out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -prune -exec rm -rf {} +

# Each stamp is newer than pyproject.toml when its extra is installed as asked for there.
.venv/installed: EXTRA :=
.venv/installed-test: EXTRA := [test]
.venv/installed-dev: EXTRA := [dev]
.venv/installed-bench: EXTRA := [bench]

.venv/installed .venv/installed-test .venv/installed-dev .venv/installed-bench: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("symconv needs Python 3.11 or newer, this is %d.%d; give another: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.$(EXTRA)'
	@touch $@
