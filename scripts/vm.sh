#!/bin/sh
# Runs the tests on a real kernel for each cgroup layout: boots them in qemu,
# which emulates the CPUs, so it needs no KVM and no rights beyond a user's.
#
#   scripts/vm.sh [-r REGEXP] [LAYOUT...]
#
#   -r REGEXP  only the tests of the package cmd that match
#
# The layouts are v2, v1, v1-comounted, hybrid and mixed: see mount_layout in
# scripts/vm-guest.sh. Without any they are all run, two at a time.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
LAYOUTS='v2 v1 hybrid mixed v1-comounted'
# The seconds that a guest gets for everything.
PATIENCE=900
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mydocker-vm

fail() {
    printf 'vm.sh: %s\n' "$*" >&2
    exit 1
}

# cannot LAYOUT lists the tests that the layout's kernel lacks a feature for.
# Any other skip is a failure, and so is one of these that is not skipped.
cannot() {
    case $1 in
    *) ;;
    esac
}

# boot LAYOUT boots a guest; its console is stdout. An emulated CPU is the faster
# the less it can do: no wide vectors, no fifth level of page tables; and what
# guards real CPUs against each other's programs flushes its caches in vain.
boot() {
    timeout -k 10 "$PATIENCE" qemu-system-x86_64 \
        -accel tcg,thread=multi,tb-size=512 -smp 2 -m 2048 -cpu Nehalem -nodefaults -display none -no-reboot \
        -kernel "$cache/kernel" -initrd "$work/initrd" \
        -append "console=ttyS0 quiet panic=-1 mitigations=off mydocker.layout=$1${only:+ mydocker.run=$only}" \
        -chardev stdio,id=console,signal=off -serial chardev:console -serial "file:$work/$1.report" </dev/null
}

# run LAYOUT boots it, shows the console line by line as it goes, and then says
# what came out.
run() {
    started=$(date +%s)
    { boot "$1" 2>&1 || echo "vm.sh: the emulator ended with status $?"; } |
        tr -d '\r' | tee "$work/$1.console" | sed -u "s/^/$1 | /"
    verdict "$1" >"$work/$1.verdict"
    echo "$1: $(cat "$work/$1.verdict") after $(($(date +%s) - started)) s"
    [ "$(cat "$work/$1.verdict")" = passed ]
}

# verdict LAYOUT judges what the guest reported.
verdict() {
    report=$work/$1.report
    if ! grep -q '^failed' "$report" 2>/dev/null; then
        echo "the guest never said how the tests ended; the last lines of its console:"
        tail -n 25 "$work/$1.console"
        return
    fi
    failed=$(sed -n 's/^failed *//p' "$report")
    skipped=$(sed -n 's/^skipped *//p' "$report" | sort | tr '\n' ' ')
    expected=$(cannot "$1" | tr ' ' '\n' | sed '/^$/d' | sort | tr '\n' ' ')
    if [ -n "$failed" ]; then
        echo "failed: $failed"
    elif [ -z "$only" ] && [ "$skipped" != "$expected" ]; then
        echo "failed: skipped were '$skipped', not '$expected'"
    else
        echo passed
    fi
}

usage='usage: vm.sh [-r REGEXP] [LAYOUT...]'
only=
while getopts r: option; do
    case $option in
    r) only=$OPTARG ;;
    *) fail "$usage" ;;
    esac
done
shift $((OPTIND - 1))
# shellcheck disable=SC2086 # a list
[ $# -gt 0 ] || set -- $LAYOUTS

"$here/vm-image.sh" "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat "$cache/tools.cpio" "$cache/suite.cpio" >"$work/initrd"
status=0
for layout in "$@"; do
    run "$layout" || status=1
done
exit "$status"
