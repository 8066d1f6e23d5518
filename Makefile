# Entente: thin; each target is one meson or script call.
#   make            build/entente and build/entente-keyd
#   make demo       two services play the main job        DEMO_ARGS="--stop --seed S"
#   make check      installs what is missing, builds, passes every test
#   make bench      one JSON line a figure                BENCH=NAME for one
BENCH ?=
DEMO_ARGS ?=
FUZZ_SECONDS ?= 60

all: build/build.ninja
	@ninja -C build

build/build.ninja:
	@tools/deps --check build
	@meson setup build $(if $(CI),--werror) $(MESON_ARGS)

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

fuzz:
	@tools/deps build fuzz
	@tools/fuzz $(FUZZ_SECONDS)

lint:
	@tools/deps build test lint
	@tools/lint

mutants:
	@tools/deps build test
	@tools/mutants

deb:
	@tools/deps build deb
	@tools/deb

install: all
	@meson install -C build

clean:
	@rm -rf build build-* demo-run

.PHONY: all demo check bench fuzz lint mutants deb install clean
