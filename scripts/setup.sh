#!/bin/sh
# Installs what the tests and the lint need of Debian's packages, beyond those
# that every Debian has: only what is missing. With the argument "vm" also what
# scripts/vm.sh needs to boot a guest.
set -eu

programs='btrfs btrfs-progs
buildah buildah
busybox busybox-static
bzip2 bzip2
crun crun
docker-registry docker-registry
expect expect
fish fish
gawk gawk
git git
ip iproute2
ipcmk util-linux-extra
mandoc mandoc
mawk mawk
mmdebstrap mmdebstrap
podman podman
ps procps
runc runc
shellcheck shellcheck
skopeo skopeo
strace strace
stress stress
umoci umoci
xz xz-utils
zsh zsh
zstd zstd'
[ "${1-}" != vm ] || programs="$programs
capsh libcap2-bin
cpio cpio
dbus-daemon dbus
mke2fs e2fsprogs
qemu-system-x86_64 qemu-system-x86
systemctl systemd"

packages=
while read -r program package; do
    command -v "$program" >/dev/null || packages="$packages $package"
done <<END
$programs
END
# The tests make root file systems that hold busybox alone.
if ldd "$(command -v busybox)" >/dev/null 2>&1; then packages="$packages busybox-static"; fi

[ -n "$packages" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "setup.sh: these Debian packages are missing:$packages (as root, with apt-get, they would be installed now)" >&2
    exit 1
fi
echo "setup.sh: installing$packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list
apt-get install -y -qq --no-install-recommends $packages </dev/null >/dev/null
