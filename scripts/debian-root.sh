#!/bin/sh
# Makes a Debian root file system in a cache, and prints where: this machine's release
# with ping, su and sudo, which the user "user" may use without a password, and in /srv
# packages with all that they need, to be installed without a network.
#
#   scripts/debian-root.sh
#
# It is made once, in half a minute. It is for all: run on a copy of it, or with a layer
# over it.
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-roots

fail() {
    printf 'debian-root.sh: %s\n' "$*" >&2
    exit 1
}

make_root() {
    rm -rf "$cache/new" # of an attempt that failed
    # shellcheck disable=SC2016 # the hooks' own shell expands these
    mmdebstrap --quiet --variant=minbase --include=iputils-ping,libcap2-bin,procps,sudo \
        --customize-hook='chroot "$1" useradd -m -s /bin/sh user' \
        --customize-hook='echo "user ALL=(ALL:ALL) NOPASSWD: ALL" >"$1/etc/sudoers.d/user"' \
        --customize-hook='chroot "$1" apt-get clean' \
        --customize-hook='chroot "$1" apt-get install -qq -y --download-only cron hello' \
        --customize-hook='mv "$1"/var/cache/apt/archives/*.deb "$1/srv/"' \
        "$release" "$cache/new" >&2
    rm -rf "$cache/debian"
    mv "$cache/new" "$cache/debian"
    mv "$cache/wanted" "$cache/made"
}

[ $# = 0 ] || fail 'usage: debian-root.sh'
[ "$(id -u)" = 0 ] || fail 'it has to be root'
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
echo "$release" | cat - "$here/debian-root.sh" >"$cache/wanted"
if ! cmp -s "$cache/wanted" "$cache/made" || [ ! -d "$cache/debian" ]; then
    make_root
fi
echo "$cache/debian"
