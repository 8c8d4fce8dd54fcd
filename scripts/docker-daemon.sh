#!/bin/sh
# Runs a command beside a Docker daemon of its own: of Debian's packages, which
# are unpacked and not installed, with its own data, socket and cgroups, and in a
# mount namespace of its own. Nothing is left of it but the packages in a cache.
#
#   scripts/docker-daemon.sh COMMAND [ARG...]
#
# The command gets DOCKER, the client to use, and DOCKER_HOST; IMAGE, an image
# whose only programs are busybox's, and TOOLS, the directory where it has them,
# which this machine has too; so the same command can be run in both.
set -eu
PACKAGES='docker.io containerd runc tini busybox-static'
# The seconds that the daemon gets to start.
PATIENCE=60
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-docker

fail() {
    printf 'docker-daemon.sh: %s\n' "$*" >&2
    exit 1
}

# wanted lists the packages with their versions.
# shellcheck disable=SC2086 # a list
wanted() { apt-cache show --no-all-versions $PACKAGES | grep -E '^(Package|Version):'; }

unpack() {
    [ "$(wanted | grep -c ^Package)" = 5 ] || apt-get update -qq
    wanted >"$work/wanted"
    ! cmp -s "$work/wanted" "$cache/packages" || return 0
    echo "docker-daemon.sh: unpacking $PACKAGES"
    mkdir "$work/debs"
    # shellcheck disable=SC2086 # a list
    (cd "$work/debs" && apt-get download -qq -o APT::Sandbox::User=root $PACKAGES)
    rm -rf "$cache"
    mkdir -p "$cache"
    for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$cache/root"; done
    mv "$work/wanted" "$cache/packages"
}

# daemon starts dockerd where what it keeps outside its own directories is its
# own, too: /etc/docker, /opt/containerd, /run/docker.
daemon() {
    cp -a /etc "$work/etc"
    # shellcheck disable=SC2016 # the inner shell's
    exec unshare -m --propagation private sh -c '
        mount --bind "$1/etc" /etc && mount -t tmpfs tmpfs /opt && mount -t tmpfs tmpfs /run && shift &&
        exec dockerd "$@"' sh "$work" \
        --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" \
        --bridge=none --iptables=false --ip6tables=false --userland-proxy=false --storage-driver=vfs \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$parent"
}

await_daemon() {
    for _ in $(seq $((PATIENCE * 10))); do
        ! "$DOCKER" version >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    tail "$work/log"
    fail "the daemon does not start"
}

cgroups() { find /sys/fs/cgroup -depth -type d -path "*$parent*"; }

cleanup() {
    if [ -n "$pid" ]; then
        kill "$pid"
        wait "$pid" || true # it says how it was ended
    fi
    for dir in $(cgroups); do rmdir "$dir"; done
    rm -rf "$work"
}

import() {
    mkdir -p "$work/image$work" "$work/image/tmp" "$work/image/etc" "$TOOLS"
    cp "$cache/root/bin/busybox" "$TOOLS/"
    "$TOOLS/busybox" --install -s "$TOOLS"
    cp -a "$TOOLS" "$work/image$work/"
    cp /etc/passwd /etc/group "$work/image/etc/"
    tar -C "$work/image" -c . | "$DOCKER" import --change "ENV PATH=$TOOLS" - "$IMAGE" >/dev/null
}

[ $# -gt 0 ] || fail "usage: docker-daemon.sh COMMAND [ARG...]"
[ "$(id -u)" = 0 ] || fail "it has to be root"
work=$(mktemp -d)
chmod 755 "$work" # users of containers look for the tools in it
pid=
parent=/mydocker-docker-$$
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
unpack
export PATH="$PATH:$cache/root/usr/bin:$cache/root/usr/sbin" DOCKER="$cache/root/usr/bin/docker"
export DOCKER_HOST="unix://$work/socket" DOCKER_CONFIG="$work/config" IMAGE=mydocker-test TOOLS="$work/bin"
daemon >"$work/log" 2>&1 </dev/null &
pid=$!
await_daemon
import
"$@"
