#!/bin/sh
# Installs on Debian what scripts/bench.sh needs, the runtimes it compares
# mydocker with, and what scripts/bench-chart.py draws with.
set -eu
apt-get update
apt-get install -y --no-install-recommends \
    hyperfine jq gcc libc6-dev time \
    runc crun bubblewrap util-linux podman busybox-static \
    skopeo umoci containerd docker-registry curl mmdebstrap \
    python3-matplotlib
