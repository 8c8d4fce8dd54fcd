#!/bin/sh
# Runs the tests on a real kernel for each cgroup layout: boots them in qemu,
# which emulates the CPUs, so it needs no KVM and no rights beyond a user's.
#
#   scripts/vm.sh [-r REGEXP [-p PACKAGE]] [LAYOUT...]
#
#   -r REGEXP   only the tests of the package cmd that match
#   -p PACKAGE  another package than cmd
#
# The layouts are v2, v1, v1-comounted, hybrid and mixed: see mount_layout in
# scripts/vm-guest.sh. In systemd and systemd-hybrid PID 1 is systemd, and runs the
# tests that are about it. Without any they are all run, each of the first five in two
# guests with a part of the tests, as many guests at a time as there are CPUs.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
LAYOUTS='v2 v1 hybrid mixed v1-comounted systemd'
# The seconds that a guest gets for everything, also beside other work.
PATIENCE=1200
# What the guest's kernel leaves out, because it is dear in an emulator and has
# nothing to do with the tests: guarding real CPUs against each other's programs,
# programs at random addresses (the emulator would translate them anew at each
# start), huge pages and pages that are cleared twice, timers finer than a tick,
# statistics, audit, security modules, and the self-tests of its cryptography.
SPARING="mitigations=off norandmaps transparent_hugepage=never init_on_alloc=0 \
randomize_kstack_offset=off highres=off nohz=off psi=0 audit=0 lsm= cryptomgr.notests"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-vm

fail() {
    printf 'vm.sh: %s\n' "$*" >&2
    exit 1
}

# cannot LAYOUT lists the tests that the layout's kernel lacks a feature for.
# Any other skip is a failure, and so is one of these that is not skipped.
cannot() {
    case $1 in systemd*)
        echo TestWithoutSystemd                # a host that systemd does not run
        [ "$1" = systemd ] || echo TestUpdate # controllers on cgroup v2
        return
        ;;
    esac
    echo TestDocker TestDockerImages TestDockerStories # Docker
    [ "$1" != v1 ] || echo TestDelegate TestDeviceProgramHolds TestEnabledForLimits TestInternalProcesses TestThreaded # cgroup v2
    case $1 in
    v2) echo TestKillFrozenElsewhere/below TestKillFrozenElsewhere/beside ;; # a freezer of cgroup v1
    # The memory controller on cgroup v2.
    *) echo v2_birth v2_cgroup_namespace v2_controllers v2_delegated v2_detached v2_internal_processes | sed 's,[^ ]*,TestScripts/&,g' ;;
    esac
}

# initrd_of GUEST is what it has in memory, and options_of what its kernel and systemd are told.
initrd_of() {
    case $1 in
    systemd*) echo "$work/initrd-systemd" ;;
    *) echo "$work/initrd" ;;
    esac
}
options_of() {
    case $1 in systemd-hybrid.*) echo systemd.unified_cgroup_hierarchy=0 ;; esac
}

# parts_of LAYOUT lists the parts of the tests that have a guest of their own; 0 is those that were
# asked for.
parts_of() {
    case $1 in
    systemd*) echo 0 ;;
    *) echo "$parts" ;;
    esac
}

# boot LAYOUT.PART boots a guest; its console is stdout. An emulated CPU is the faster
# the less it can do: no wide vectors, no fifth level of page tables; and what
# guards real CPUs against each other's programs flushes its caches in vain. One
# thread emulates both CPUs, so that neither waits for the other, and programs
# are always at the same addresses: at others the emulator would translate them
# anew at each start, at twice the cost of a start.
boot() {
    timeout --foreground -k 10 "$PATIENCE" qemu-system-x86_64 \
        -accel tcg,thread=single,tb-size=512 -smp 2 -m 2048 -cpu Nehalem -nodefaults -display none -no-reboot \
        -kernel "$cache/kernel" -initrd "$(initrd_of "$1")" \
        -append "console=ttyS0 quiet panic=-1 $SPARING $(options_of "$1") mydocker.layout=${1%.*} mydocker.part=${1#*.}${only:+ mydocker.run=$only mydocker.package=$package}" \
        -chardev stdio,id=console,signal=off -serial chardev:console -serial "file:$work/$1.report" </dev/null &
    echo "$!" >"$work/$1.pid"
    wait "$!"
}

# run LAYOUT.PART boots it and shows the console line by line as it goes.
run() {
    started=$(date +%s)
    { boot "$1" 2>&1 || echo "vm.sh: the emulator ended with status $?"; } |
        sed -u 's/\r$//' | tee "$work/$1.console" | sed -u "s/^/$1 | /"
    echo "$1: ended after $(($(date +%s) - started)) s"
}

# verdict LAYOUT judges what its guests reported.
verdict() {
    for part in $(parts_of "$1"); do
        if ! grep -q '^failed' "$work/$1.$part.report" 2>/dev/null; then
            echo "failed: guest $1.$part never said how the tests ended; the last lines of its console:"
            tail -n 25 "$work/$1.$part.console"
            return
        fi
    done
    failed=$(reported failed "$1")
    skipped=$(reported skipped "$1")
    expected=$(cannot "$1" | tr ' ' '\n' | sort | tr '\n' ' ')
    if [ -n "$failed" ]; then
        echo "failed: $failed"
    elif [ -z "$only" ] && [ "$skipped" != "$expected" ]; then
        echo "failed: skipped were '$skipped', not '$expected'"
    else
        echo "passed, skipped: ${skipped:-none}"
    fi
}

# reported WORD LAYOUT lists what its guests reported with that word.
reported() { lines_of "$@" | grep . | sort | tr '\n' ' '; }

# lines_of WORD LAYOUT prints the rest of each line of a report that begins with the word.
lines_of() { sed -n "s/\r*\$//; s/^$1 //p" "$work/$2".*.report; }

usage='usage: vm.sh [-r REGEXP [-p PACKAGE]] [LAYOUT...]'
only=
package=cmd
while getopts r:p: option; do
    case $option in
    r) only=$OPTARG ;;
    p) package=$OPTARG ;;
    *) fail "$usage" ;;
    esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $LAYOUTS
# Two guests for each layout, the ones with more to do first, so that at the end no
# CPU is idle for long.
parts='1 2'
[ -z "$only" ] || parts=0

"$here/vm-image.sh" "$cache"
work=$(mktemp -d)
workers=
# shellcheck disable=SC2046,SC2086 # lists
end() {
    kill $workers $(cat "$work"/*.pid 2>/dev/null) 2>/dev/null || :
    wait
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
for layout in "$@"; do
    case $layout in
    systemd*) cat "$cache/tools.cpio" "$cache/systemd.cpio" "$cache/suite.cpio" >"$work/initrd-systemd" ;;
    *) cat "$cache/tools.cpio" "$cache/suite.cpio" >"$work/initrd" ;;
    esac
done

# take GUEST... runs those that no other worker has taken.
take() {
    for guest in "$@"; do
        mkdir "$work/$guest" 2>/dev/null || continue
        run "$guest"
    done
}

# A CPU that emulates two guests by turns takes a third longer for each.
guests=$(for layout in "$@"; do for part in $(parts_of "$layout"); do echo "$part $layout.$part"; done; done | sort -s -k 1,1 | cut -d ' ' -f 2)
for _ in $(seq "$(nproc)"); do
    # shellcheck disable=SC2086 # a list
    take $guests &
    workers="$workers $!"
done
# shellcheck disable=SC2086 # a list
wait $workers

status=0
for layout in "$@"; do
    verdict "$layout" >"$work/verdict"
    echo "$layout: $(cat "$work/verdict")"
    grep -q ^passed "$work/verdict" || status=1
done
# Once more, so that it is the last to be seen and not somewhere in a thousand lines.
for layout in "$@"; do
    lines_of said "$layout" | sed "s/^/$layout: /"
done
[ "$status" = 0 ]
