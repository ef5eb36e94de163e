# crm-ai. Two commands: make demo, make test. The others are for people who work on it.
# make demo PORT=9000 DATA_DIR=/somewhere/else

CARGO ?= cargo

.PHONY: help demo test check eval bench fmt setup console

help:
	@echo 'make demo    set up, build, start everything embedded, load the demo tenants (PORT, DATA_DIR)'
	@echo 'make test    set up, run every test'
	@echo 'make check   all that CI runs: the tests, lints, docs, licences, secrets, generated files, evals'
	@echo 'make eval    ask the demo knowledge base its written questions and grade the answers'
	@echo 'make bench   measure reads, searches and answers of a served demo'
	@echo 'make fmt     format the code'
	@echo 'make console build the console that the binary serves below /console/'
	@echo 'make setup   put in place what demo and test need'

setup:
	@scripts/setup.sh

# Before the binary, which embeds it; nothing happens when its sources are as they were.
console: setup
	@scripts/console.sh

demo: console
	$(CARGO) build --locked --release --package crm-api
	@exec $(CARGO) run --quiet --locked --release --package crm-api -- demo

test:
	@scripts/setup.sh test
	@scripts/test.sh

# `make test check` runs the tests once.
check: test
	@scripts/setup.sh check
	@scripts/check.sh

eval: setup
	$(CARGO) run --locked --package crm-api -- eval run

bench: console
	$(CARGO) build --locked --release --package crm-api
	@python3 scripts/bench.py "$${CARGO_TARGET_DIR:-target}/release/crm-ai"

fmt:
	$(CARGO) fmt --all
	@scripts/console.sh format
