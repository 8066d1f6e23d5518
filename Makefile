# Entente: thin; each target is one meson or script call.
#   make            build/entente and build/entente-keyd (in a checkout and CI a warning is an error)
#   make demo       two services play the main job        DEMO_ARGS="--stop --seed S"
#   make check      installs what is missing, builds, passes every test
#   make bench      one JSON line a figure                BENCH=NAME for one
#   make bench-match  the matcher beside its peers        BENCH_SIZES="5k 100k 1m 10m"
BENCH ?=
BENCH_SIZES ?= 5k 100k 1m
DEMO_ARGS ?=
FUZZ_SECONDS ?= 60

all: build/build.ninja
	@ninja -C build

build/build.ninja:
	@tools/deps --check build
	@meson setup build $(if $(CI)$(wildcard .git),--werror) $(MESON_ARGS)

demo:
	@tools/deps build
	@$(MAKE) --no-print-directory all
	@tools/demo $(DEMO_ARGS)

check:
	@tools/deps build test
	@tools/check

bench:
	@tools/deps build test >&2
	@$(MAKE) --no-print-directory all >&2
	@tools/bench $(BENCH)

bench-match:
	@tools/deps build bench-match >&2
	@$(MAKE) --no-print-directory all >&2
	@tests/perf/peers/run $(BENCH_SIZES)

fuzz:
	@tools/deps build fuzz
	@tools/fuzz $(FUZZ_SECONDS)

tsan:
	@tools/deps build test
	@$(MAKE) --no-print-directory all
	@tools/check-threads

lint:
	@tools/deps build test lint
	@tools/lint

mutants:
	@tools/deps build test mutants
	@tools/mutants

deb:
	@tools/deps build deb
	@tools/deb

install: all
	@meson install -C build

clean:
	@rm -rf build build-* demo-run

.PHONY: all demo check bench bench-match fuzz tsan lint mutants deb install clean
