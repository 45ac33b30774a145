# make run    installs everything, makes the sample data, walks the road and serves the monitor on localhost
# make test   installs everything, a browser included, checks the code and runs all tests
# make bench  prints figures of speed, coverage and disclosure, each beside a peer or a limit; make bench-spc one of them
# make campaign  runs for longer what the tests do a sample of: mutated exports and deliveries, killed loads; make campaign-kills one
PORT ?= 8501
BIN := .venv/bin

.DELETE_ON_ERROR:
.PHONY: run test check bench campaign lock clean

run: .venv/installed
	$(BIN)/verbetermonitor demo
	$(BIN)/verbetermonitor serve --port $(PORT)

test: .venv/installed .venv/browser check
	$(BIN)/pytest --numprocesses auto --no-loadscope-reorder

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

BENCHES := deliver link sources estimators coverage lead_times spc release attack store text pages load
bench: .venv/installed $(BENCHES:%=bench-%)
bench-%: .venv/installed
	$(BIN)/python -m tests.bench.bench_$*

CAMPAIGNS := sources mutations kills faults interleaved screens
campaign: $(CAMPAIGNS:%=campaign-%)
campaign-%: .venv/installed
	$(BIN)/python -m tests.campaign.campaign_$*

.venv/installed: requirements.lock tools/installer.lock tools/install.sh pyproject.toml
	@echo "Installing into .venv ..."
	@tools/install.sh
	@touch $@

.venv/browser: .venv/installed tools/browser.sh
	@tools/browser.sh
	@touch $@

# The lock records hashes and no download address.
lock: .venv/installed
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-emit-index-url --no-header --upgrade pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv var build *.egg-info
