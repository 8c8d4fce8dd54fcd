#!/bin/sh
# Makes the data of container/security/seccomp again:
#
#   data/profile.json    Docker's default profile, as its Go module has it
#   data/syscalls.txt    the numbers of system calls
#   testdata/*.txt       what libseccomp makes of the profile, and of profiles of chance
#   compiled.go          the filters of the default profile
#
# usage: scripts/seccomp.sh LIBSECCOMP
#
# LIBSECCOMP is a source directory of libseccomp 2.6 or newer in which ./configure and
# make have run, such as Debian's source package. An older one does not know all calls
# of the profile.
set -eu

module=github.com/moby/profiles/seccomp
version=v0.3.0

[ $# = 1 ] || { sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2; }
source=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
package=container/security/seccomp
grep -q "ProfileVersion = \"$module $version\"" $package/seccomp.go ||
    { echo "seccomp.sh: ProfileVersion in $package/seccomp.go is not $module $version" >&2; exit 1; }

# A module of its own, so that go.mod does not name one that mydocker does not link.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
    cd "$work"
    go mod init profile 2>/dev/null
    go mod download -json "$module@$version"
) >"$work/module.json"
dir=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' "$work/module.json")
cp "$dir/default.json" $package/data/profile.json
chmod 644 $package/data/profile.json

# libseccomp's table has calls that no kernel of ours has; that of x/sys has the newest.
numbers=$(go list -m -f '{{.Dir}}' golang.org/x/sys)/unix
for arch in amd64 386 arm64 arm; do
    sed -n "s/^\tSYS_\([A-Z0-9_]*\) *= \([0-9]*\)$/$arch \1 \2/p" "$numbers/zsysnum_linux_$arch.go"
done | tr '[:upper:]' '[:lower:]' >"$work/newer"
awk '
    # socketcall(2) and ipc(2) of i386, by their first argument (linux/net.h, linux/ipc.h)
    function share(number, first, names,    list, i, n) {
        n = split(names, list, " ")
        for (i = 1; i <= n; i++) shared[list[i]] = number "/" first + i - 1
    }
    BEGIN {
        share(102, 1, "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom " \
            "shutdown setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg")
        share(117, 1, "semop semget semctl semtimedop")
        share(117, 11, "msgsnd msgrcv msgget msgctl")
        share(117, 21, "shmat shmdt shmget shmctl")
        columns = split("x86_64 x86 x32 aarch64 arm", names, " ")
    }
    !newer && FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    !newer {
        known[$1] = 1
        for (i = 1; i <= columns; i++) {
            value = $column[names[i]]
            number[$1, i] = value == "PNR" ? "-" : value
        }
    }
    newer && !($2 in known) && $2 !~ /^(arch_specific_syscall|syscall_mask)$/ {
        added[$2] = 1
        if ($1 == "amd64") number[$2, 1] = number[$2, 3] = $3
        if ($1 == "386") number[$2, 2] = $3
        if ($1 == "arm64") number[$2, 4] = $3
        if ($1 == "arm") number[$2, 5] = $3
    }
    END {
        for (name in added) known[name] = 1
        for (name in known) {
            line = name
            for (i = 1; i <= columns; i++) {
                value = (name, i) in number ? number[name, i] : "-"
                if (i == 2 && name in shared) value = (value == "-" ? "" : value ",") shared[name]
                line = line " " value
            }
            print line
        }
    }' FS=, "$source/src/syscalls.csv" newer=1 FS=' ' "$work/newer" | LC_ALL=C sort >$package/data/syscalls.txt

LIBSECCOMP=$source/src/.libs/libseccomp.so.2
export LIBSECCOMP
mkdir -p $package/testdata
scripts/seccomp-expected.py default $package/data/profile.json >$package/testdata/default.txt
scripts/seccomp-expected.py random 1 8 >$package/testdata/random.txt
go test -count=1 -run '^TestCompiled$' ./$package -update
go test -count=1 ./$package
