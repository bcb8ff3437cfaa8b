# The front door. `make` alone lists what there is.

MAKEFLAGS += --no-print-directory
PATTERN ?=
INPUT ?= $(CURDIR)

patterns := $(sort $(patsubst patterns/%/,%,$(wildcard patterns/*/)))
chosen := patterns/$(or $(PATTERN),*)
demos := $(patsubst %_demo.cpp,%,$(notdir $(wildcard $(chosen)/*_demo.cpp)))
benches := $(patsubst %_bench.cpp,%,$(notdir $(wildcard $(chosen)/*_bench.cpp)))

ifneq ($(filter-out $(patterns),$(PATTERN)),)
$(error no pattern "$(PATTERN)"; there are: $(or $(patterns),none yet))
endif
ifneq ($(shell test -r '$(INPUT)' && echo readable),readable)
$(error INPUT=$(INPUT): there is no such directory, or it cannot be read)
endif

.PHONY: help setup setup-build demo test race leak matrix mutants lint format snippets clean bench \
    explore

help:
	@echo 'make demo [PATTERN=p] [INPUT=dir]   build and run the demos'
	@echo 'make test [PATTERN=p]               all tests, both runtimes, all sanitizers, all broken programs'
	@echo 'make race [PATTERN=p]               see ThreadSanitizer catch its races, and how to read that'
	@echo 'make leak [PATTERN=p]               see the leak check catch its leaks and deadlocks'
	@echo 'make explore [PATTERN=p [CASE=c]]   find the schedule in which its broken programs fail'
	@echo 'make explore FILE=my.cpp            the same for a program of your own; DAEMONS=1: its'
	@echo '                                    threads may outlive main'
	@echo 'make bench [PATTERN=p]              its benchmark; without one Braid beside Go and others'
	@echo 'make matrix                         write docs/tool_matrix.md: which tool sees which bug'
	@echo 'make mutants                        write docs/mutants.md: who sees it when a line is wrong'
	@echo 'make lint                           format, clang-tidy, code and links in the documents'
	@echo 'make format                         format the sources'
	@echo 'make snippets                       copy code into the documents again'
	@echo 'make setup                          install what is missing (the others do it themselves)'
	@echo 'make clean                          remove build/'
	@echo
	@echo 'patterns: $(or $(patterns),none yet)'

setup:
	@.ci/setup

# What it takes to build, without what only the tests and lint need.
setup-build:
	@.ci/setup build

demo: setup-build
	$(if $(demos),,$(error $(or $(PATTERN),this tree) has no demo yet))
	@.ci/build release $(addprefix demo.,$(demos))
	@for demo in $(demos); do \
	    printf '\n== %s ==\n' "$$demo"; \
	    "build/release/demo/$$demo" '$(INPUT)' || exit 1; \
	done

test: setup
	@.ci/test $(PATTERN)

race: setup
	@.ci/show tsan $(PATTERN)

leak: setup
	@.ci/show leak $(PATTERN)

matrix: setup
	@.ci/build release harness broken leak
	@for tree in asan tsan explore; do .ci/build $$tree broken || exit 1; done
	@mkdir -p docs
	@build/release/harness matrix --root . --release build/release --asan build/asan \
	    --tsan build/tsan --explore build/explore --output docs/tool_matrix.md

# Takes an hour or two; what was found before is kept.
mutants: setup
	@tests/mutants/run.sh --output docs/mutants.md

lint: setup
	@tests/lint/all.sh

format:
	@tests/lint/format.sh --write

snippets:
	@tests/lint/snippets.sh --write

ifdef PATTERN
bench: setup
	$(if $(benches),,$(error $(PATTERN) has no benchmark yet))
	@.ci/build release $(addprefix bench.,$(benches))
	@for bench in $(benches); do "build/release/bench/$$bench" || exit 1; done
else
bench: setup
	@.ci/build release peers
	@tests/peers/table.sh
endif

explore: setup
	@.ci/explore $(if $(FILE),--file '$(FILE)',$(PATTERN) $(CASE))

clean:
	@rm -rf build
