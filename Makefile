TAGS      := urfave_cli_no_template

ARGS      ?= -ti /bin/sh
FUZZTIME  ?= 20s
PREFIX    ?= /usr/local

GOLANGCI_VERSION := v2.15.0
GOLANGCI         := bin/golangci-lint-$(GOLANGCI_VERSION)

SCRIPTS   := $(wildcard scripts/*.sh scripts/engines/*.sh) .ci/run
SHOWS     := $(sort $(wildcard scripts/test-*.sh))

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: build
build: ## build the static binary ./mydocker
	@scripts/build.sh mydocker

# Root may have no Go, as below sudo: what was built is installed then.
.PHONY: install
install: $(if $(shell command -v go),build) ## binary, manual page and completions below PREFIX (/usr/local); also DESTDIR; DOCKER=1 adds a link called docker, OCI=1 one called mydocker-oci
	@scripts/install.sh $(if $(DOCKER),-d )$(if $(OCI),-o )mydocker '$(DESTDIR)$(PREFIX)'
	@$(if $(DOCKER),:,echo 'make install DOCKER=1 adds the name docker, for scripts that call that')
	@$(if $(OCI),:,echo 'make install OCI=1 adds the name mydocker-oci, for podman, containerd and dockerd')

.PHONY: uninstall
uninstall: ## remove what install has put there
	@scripts/install.sh -r '$(DESTDIR)$(PREFIX)'

.PHONY: deb
deb: build ## a Debian package of it
	@scripts/deb.sh
	@! command -v lintian >/dev/null || lintian --allow-root --fail-on error mydocker_*.deb

.PHONY: run
run: build ## a shell in a container; ARGS='...' are other arguments of mydocker run
	@./mydocker run $(value ARGS)

.PHONY: test
test: setup build ## install what the tests need, and run all of them (as root)
	go vet -tags $(TAGS) ./...
	shellcheck -x $(SCRIPTS)
	@for script in $(SHOWS); do \
		printf '\n== %s\n' $$script; sh $$script || exit; \
	done; echo
	go test -count=1 -tags $(TAGS) -timeout 25m ./...

.PHONY: test-vm
test-vm: build ## the tests on a real kernel for each cgroup layout, in qemu; LAYOUTS='v2 v1' are some
	@scripts/setup.sh vm
	scripts/vm.sh $(LAYOUTS)

.PHONY: test-docker
test-docker: build ## the same flags and commands with Docker and with mydocker, compared
	scripts/docker-daemon.sh go test -count=1 -tags $(TAGS) -timeout 30m -parallel 6 -run '^TestDocker(Images|Stories)?$$' ./cmd

.PHONY: test-engines
test-engines: setup build ## podman, containerd, CRI and dockerd with mydocker-oci and with runc, compared; ENGINES='podman cri' are some
	scripts/engines.sh ./mydocker $(ENGINES)
	$(if $(ENGINES),,@$(MAKE) test-oci)

.PHONY: test-validation
test-validation: build ## runtime-tools' validation programs, as they stand and with their faults mended
	scripts/validation.sh ./mydocker

.PHONY: test-oci
test-oci: build ## 200 OCI configurations with runc, crun and mydocker, compared
	MYDOCKER_OCI_SPECS=200 go test -count=1 -tags $(TAGS) -run '^TestOCIDifferential$$' ./cmd

.PHONY: lint
lint: setup $(GOLANGCI) ## check style and architecture (.golangci.yml), format, scripts
	$(GOLANGCI) run
	shellcheck -x $(SCRIPTS)

.PHONY: bench
bench: build ## compare with others: on the host's root, on one of its own, as an OCI runtime, with images, and containers that stay
	scripts/bench.sh ./mydocker
	scripts/bench-root.sh ./mydocker
	scripts/bench-oci.sh ./mydocker
	scripts/bench-images.sh ./mydocker
	scripts/bench-life.sh ./mydocker

.PHONY: bench-scale
bench-scale: build ## the same on a crowded host
	scripts/bench-scale.sh ./mydocker

.PHONY: soak
soak: build ## 2,000 runs, after which nothing may be left
	scripts/soak.sh

.PHONY: chaos
chaos: build ## random commands on containers that stay, and processes killed at random, for MINUTES (60)
	scripts/chaos.sh

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (20s)
	@set -e; for package in $$(go list -tags $(TAGS) ./...); do \
		list=$$(go test -tags $(TAGS) -list '^Fuzz' $$package); \
		for target in $$(echo "$$list" | grep '^Fuzz'); do \
			echo "== $$package $$target"; \
			go test -tags $(TAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
		done; \
	done

.PHONY: clean
clean: ## remove what was built
	rm -rf mydocker mydocker_*.deb bin

.PHONY: setup
setup:
	@scripts/setup.sh

$(GOLANGCI):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv bin/golangci-lint $@
