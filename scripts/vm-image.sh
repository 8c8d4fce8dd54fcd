#!/bin/sh
# Builds what scripts/vm.sh boots, in the directory CACHE outside the repository:
#
#   kernel      of Debian's package, unpacked and not installed
#   loop.ko     its module for block devices made of files
#   overlay.ko  its module for overlayfs
#   tools.cpio  the programs that the tests use: Debian's packages, copied from
#               this machine with their libraries
#   systemd.cpio  systemd and the programs of which it takes care
#   suite.cpio  mydocker, the tests, and what they read
#
# The kernel unpacks the archives one over the other. Each is rebuilt when
# what it is made of has changed; neither is compressed, for the emulated CPU
# would take longer to undo that than it takes to copy them.
#
#   scripts/vm-image.sh CACHE
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here/.."

KERNEL=linux-image-cloud-amd64
MODULES='loop.ko overlay.ko'
PACKAGES='bash bsdutils busybox-static coreutils dash diffutils e2fsprogs expect findutils
    grep hostname iproute2 libcap2-bin libgcc-s1 libtcl8.6 mawk mount perl-base procps sed
    strace stress tar tcl-expect util-linux util-linux-extra'
# systemd and D-Bus, and an engine that has it make cgroups: programs, and directories that they read.
SYSTEMD='/lib/systemd/systemd /usr/bin/systemctl /usr/bin/systemd-run /usr/bin/dbus-daemon /usr/share/dbus-1
/usr/bin/podman /usr/bin/conmon /usr/bin/newuidmap /usr/bin/newgidmap'
# The packages of the module whose tests run in the guest: those that meet the
# kernel.
TESTED='cgroups cgroups/group cgroups/subsystems cgroups/systemd cmd container container/child container/child/bare
container/initproc container/signals container/stdio container/users'

cache=$(realpath -m "$1")
mkdir -p "$cache"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

# built_from FILE reads a description of what FILE is made of and tells whether
# FILE was made of just that; new_from notes it, once FILE is made.
built_from() { [ -e "$1" ] && cat >"$stage/inputs" && cmp -s "$stage/inputs" "$1.inputs"; }
new_from() { mv "$stage/$1" "$cache/$1" && cat >"$cache/$1.inputs"; }

# archive NAME makes NAME of the directory $stage/root.
archive() { (cd "$stage/root" && find . -print0 | sort -z | cpio -o -0 -H newc --quiet) >"$stage/$1"; }

# kernel_package is the versioned package that KERNEL stands for.
kernel_package() {
    apt-cache depends "$KERNEL" | awk '$1 == "Depends:" && /linux-image-[0-9]/ { print $2; exit }'
}
kernel_inputs() { echo "kernel, $MODULES"; apt-cache show --no-all-versions "$(kernel_package)" | grep -E '^(Package|Version|SHA256):'; }

build_kernel() {
    echo "vm-image.sh: unpacking $(kernel_package)"
    (cd "$stage" && apt-get download -qq -o APT::Sandbox::User=root "$(kernel_package)" && dpkg -x ./*.deb unpacked)
    mv "$stage"/unpacked/boot/vmlinuz-* "$stage/kernel"
    for module in $MODULES; do
        find "$stage/unpacked" -name "$module" -exec mv {} "$cache/" \;
        [ -e "$cache/$module" ] || return
    done
}

# shellcheck disable=SC2086 # a list
tools_inputs() {
    cat "$here/vm-image.sh"
    dpkg-query -W $PACKAGES libc6
}

# tool_files lists the files of PACKAGES that a program may need, and
# library_files the shared libraries that those are linked with; not all are programs.
# shellcheck disable=SC2086 # a list
tool_files() {
    dpkg -L $PACKAGES | grep -E '^(/usr)?/s?bin/.|^/usr/(lib|share)/(tcltk|tcl|perl|x86_64-linux-gnu/perl)|/lib[^/]*\.so' |
        sort -u | while read -r file; do [ -d "$file" ] || echo "$file"; done
}
library_files() {
    tool_files | while read -r file; do ldd "$file" 2>/dev/null || :; done | grep -o '/[^ ]*' | sort -u
}

build_tools() {
    echo "vm-image.sh: copying the tools"
    root=$stage/root
    # As Debian has it, /bin and the like are links; cp --parents would make
    # directories of them.
    mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64"
    for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
    { tool_files; library_files; } | sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u |
        (cd / && sed 's,^/,,' | cpio -p -d -L --quiet "$root")
    ln -sf dash "$root/usr/bin/sh"
    ln -sf mawk "$root/usr/bin/awk"
    mkdir -p "$root/etc" "$root/root" "$root/tmp" "$root/proc" "$root/sys" "$root/dev" "$root/mnt" "$root/var"
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    archive tools.cpio
    rm -r "$root"
}

# shellcheck disable=SC2086 # a list
systemd_inputs() {
    cat "$here/vm-image.sh"
    dpkg-query -W systemd dbus podman conmon uidmap libc6
}

# shellcheck disable=SC2046,SC2086 # lists
build_systemd() {
    echo "vm-image.sh: copying systemd"
    root=$stage/root
    mkdir -p "$root/usr"
    {
        find $SYSTEMD -type f
        ldd $(find $SYSTEMD -type f -executable) 2>/dev/null | grep -o '/[^ :]*' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
    } | sed -E 's,^/(bin|sbin|lib|lib64)/,/usr/\1/,' | sort -u | (cd / && sed 's,^/,,' | cpio -p -d -L --quiet "$root")
    mkdir -p "$root/etc"
    grep -E '^(root|messagebus|nobody):' /etc/passwd >"$root/etc/passwd"
    grep -E '^(root|messagebus|nogroup):' /etc/group >"$root/etc/group"
    echo 'user:x:1000:1000::/home/user:/bin/sh' >>"$root/etc/passwd"
    echo 'user:x:1000:' >>"$root/etc/group"
    echo 'user:100000:65536' | tee "$root/etc/subuid" >"$root/etc/subgid"
    archive systemd.cpio
    rm -r "$root"
}

suite_files() { find ./*.md docs/*.md docs/zh scripts cmd/testdata cgroups/testdata cgroups/subsystems/testdata -type f 2>/dev/null; }

build_suite() {
    root=$stage/root
    mkdir -p "$root/suite"
    suite_files | cpio -p -d --quiet "$root/suite"
    for package in $TESTED; do
        CGO_ENABLED=0 go test -c -tags urfave_cli_no_template -ldflags '-s -w' \
            -o "$root/suite/$package/test" "./$package"
    done
    scripts/build.sh "$root/suite/mydocker" # an older one than the tests would fail them
    CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$root/suite/attack" ./cmd/testdata/attack
    for module in $MODULES; do cp "$cache/$module" "$root/"; done
    scripts/build.sh "$root/suite/mydocker-faulty" faults
    # The guest has no git to compare with; that is what the tests outside do.
    "$root/suite/mydocker" --version | sed 's/.*, commit \([^,]*\),.*/\1/' >"$root/suite/commit"
    cp scripts/vm-guest.sh "$root/init"
    chmod 755 "$root/init"
    archive suite.cpio
}

if ! kernel_inputs | built_from "$cache/kernel"; then
    build_kernel
    kernel_inputs | new_from kernel
fi
if ! tools_inputs | built_from "$cache/tools.cpio"; then
    build_tools
    tools_inputs | new_from tools.cpio
fi
if ! systemd_inputs | built_from "$cache/systemd.cpio"; then
    build_systemd
    systemd_inputs | new_from systemd.cpio
fi
# Go's own cache knows what the suite is made of, and has it at hand.
build_suite
new_from suite.cpio </dev/null
