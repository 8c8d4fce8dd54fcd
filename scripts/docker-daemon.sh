#!/bin/sh
# Runs a command beside a Docker daemon of its own: of Debian's packages, which
# are unpacked and not installed, with its own data, socket and cgroups, and in a
# mount namespace of its own. Nothing is left of it but the packages in a cache.
#
#   scripts/docker-daemon.sh COMMAND [ARG...]
#
# The command gets DOCKER, the client to use, and DOCKER_HOST; IMAGE, an image
# whose only programs are busybox's, and TOOLS, the directory where it has them,
# which this machine has too; so the same command can be run in both. ODD is a
# directory of both with files that cannot be executed, or not by everybody, and CGROUPS
# a cgroup that is removed in the end. Users and groups with unusual names and numbers
# are in both, too.
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
# own, too: /etc/docker, /opt/containerd, /run/docker. Its images are on a tmpfs,
# on which overlayfs works also where this is a container.
daemon() {
    # shellcheck disable=SC2016 # the inner shell's
    exec unshare -m --propagation private sh -c '
        mount --bind "$1/etc" /etc && mount -t tmpfs tmpfs /opt && mount -t tmpfs tmpfs /run &&
        mkdir "$1/data" && mount -t tmpfs tmpfs "$1/data" && shift && exec dockerd "$@"' sh "$work" \
        --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" \
        --bridge=none --ip-forward=false --iptables=false --ip6tables=false --userland-proxy=false \
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

# odd_accounts adds users and groups whose lines are unusual to the daemon's /etc.
odd_accounts() {
    cat >>"$work/etc/passwd" <<'END'
odd:x:3000:3001:odd:/home/odd:/bin/sh
4000:x:4001:4002:a number as a name:/home/number:/bin/sh
nohome:x:3005:3006:::
noshell:x:3007:3008
badline:x:one:two::/:
twice:x:3020:3021::/home/first:
twice:x:3022:3023::/home/second:
UPPER:x:3030:3031::/home/UPPER:
with space:x:3032:3033::/home/with space:
x@y:x:3034:3035::/home/x:
END
    cat >>"$work/etc/group" <<'END'
oddgroup:x:3010:daemon,odd
5000:x:5001:odd
777:x:778:
badgroup:x:one:odd
twice:x:3021:
twice:x:3023:odd
END
}

# odd_files makes what the kernel does not execute, or only for some.
odd_files() {
    mkdir -p "$ODD/dir"
    printf 'echo no shebang\n' >"$ODD/plain"
    printf '#!/no/such/interpreter\n' >"$ODD/bad-interpreter"
    printf '#!%s/sh\r\necho crlf\r\n' "$TOOLS" >"$ODD/crlf"
    printf '#!%s/sh\necho script "$@"\n' "$TOOLS" >"$ODD/script"
    printf '#!%s\n' "$ODD/plain" >"$ODD/plain-interpreter"
    printf '#!' >"$ODD/half"
    printf '\177ELF' >"$ODD/truncated"
    : >"$ODD/empty"
    chmod 755 "$ODD"/*
    cp "$ODD/script" "$ODD/not-executable"
    cp "$ODD/script" "$ODD/only-root"
    chmod 644 "$ODD/not-executable"
    chmod 700 "$ODD/only-root"
    ln -s nowhere "$ODD/dangling"
    ln -s loop "$ODD/loop"
    ln -s script "$ODD/link"
    mkfifo "$ODD/fifo"
}

import() {
    mkdir -p "$work/image$work" "$work/image/tmp" "$work/image/etc" "$TOOLS"
    chmod 1777 "$work/image/tmp"
    cp "$cache/root/bin/busybox" "$TOOLS/"
    "$TOOLS/busybox" --install -s "$TOOLS"
    odd_files
    cp -a "$TOOLS" "$ODD" "$work/image$work/"
    cp "$work/etc/passwd" "$work/etc/group" "$work/image/etc/"
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
export DOCKER_HOST="unix://$work/socket" DOCKER_CONFIG="$work/config" IMAGE=mydocker-test TOOLS="$work/bin" ODD="$work/odd" CGROUPS="${parent#/}"
cp -a /etc "$work/etc"
odd_accounts
daemon >"$work/log" 2>&1 </dev/null &
pid=$!
await_daemon
import
# shellcheck disable=SC2016 # the inner shell's
unshare -m --propagation slave sh -c '
    for file in passwd group; do mount --bind "$1/etc/$file" "/etc/$file" || exit 1; done
    shift && exec "$@"' sh "$work" "$@"
