#!/bin/sh
# Compares the start-to-exit time of containers with a root file system of their own:
# mydocker against a C program that does the same and no more (scripts/floor.c), crun,
# runc, bubblewrap, podman and docker, whichever are installed and run here; and what a
# copy-on-write view of the host's root costs.
#
#   scripts/bench-root.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: few runs, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/rootfs.json, which git ignores)
#
# Every tool runs a static no-op in a root that holds busybox, in five new namespaces,
# with three limits, and with all that Docker does by default: /dev, /proc, /sys, masked
# and read-only paths, capabilities, its seccomp profile (translated from that of moby,
# which is downloaded as a Go module). bubblewrap has no limits, masks and filter, and
# floor no view of the cgroups and no files in /etc. docker and podman do that by themselves.
#
# A line of "layer" is the same on an overlay, "overlay" is mydocker run --overlay on the
# host's root, and "plain" mydocker without a root of its own. "unpack" is dpkg unpacking
# packages, with --overlay and outside.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"
PEERS='floor crun runc bubblewrap podman docker floor-layer mydocker-layer mydocker-plain mydocker-overlay'
PROFILE=github.com/moby/profiles/seccomp@v0.3.0
# Packages with many files, whose unpacking is measured.
UNPACKED='iso-codes linux-libc-dev perl-modules-5.36'

command_line() {
    root=$PWD/bundle-1/rootfs
    ours="./mydocker run $limits"
    case $1 in
    mydocker) echo "$ours --rootfs $root /noop" ;;
    mydocker-layer) echo "$ours --rootfs $root:O /noop" ;;
    mydocker-plain) echo "$ours ./noop" ;;
    mydocker-overlay) echo "$ours --overlay ./noop" ;;
    floor) echo "./floor -l $root /noop" ;;
    floor-layer) echo "./floor -l -o $root /noop" ;;
    runc | crun) echo "$1 run --bundle bundle-1 $name-1" ;;
    bubblewrap) echo "bwrap --bind $root / --proc /proc --dev /dev --mqueue /dev/mqueue --ro-bind /sys /sys --unshare-uts" \
        "--unshare-ipc --unshare-pid --unshare-net --as-pid-1 --cap-drop ALL /noop" ;;
    podman) echo "env -u DOCKER_CONFIG podman --root $PWD/podman --runroot $PWD/podman-run --storage-driver vfs --cgroup-manager cgroupfs --runtime runc --events-backend none" \
        "run --rm $limits --network none --log-driver none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --rootfs $root /noop" ;;
    docker) echo "$(program docker) run --rm $limits --network none --log-driver none $name /noop" ;;
    esac
}

# make_bundle makes the root, and the configuration of crun and runc.
make_bundle() {
    make_root
    docker_config "$(go mod download -json "$PROFILE" | jq -r .Dir)/default.json" >bundle-1/config.json
}

# measure ROUND MODE TOOL RUNS times one tool in one mode.
measure() {
    results_of="runs/$1-$2-$3.json"
    label="$2 $3"
    case $2 in
    back_to_back) set -- "$3" "$4" --warmup 3 "$(one "$3")" ;;
    one_shot) set -- "$3" "$4" --warmup 1 --prepare 'sleep 0.2' "$(one "$3")" ;;
    unpack) set -- "$3" "$4" --prepare "rm -rf $PWD/unpacked" "$(unpack "$3")" ;;
    esac
    hyperfine_on "$@" --command-name "$label" --export-json "$results_of" >log 2>&1 || fail "$label: $(cat log)"
}

# unpack TOOL prints how it unpacks the packages, below a directory that is not there.
unpack() {
    case $1 in mydocker-overlay) printf './mydocker run -m 0 --cpuset-cpus all -c 0 --overlay ' ;; esac
    echo "sh -e $PWD/unpack.sh"
}

# fetch_packages sets the unpacking up, or says why it is left out.
fetch_packages() {
    mkdir debs
    # shellcheck disable=SC2086 # a list
    if ! (cd debs && apt-get download -qq -o APT::Sandbox::User=root $UNPACKED >../log 2>&1); then
        echo "unpacking is left out: apt-get cannot download $UNPACKED"
        return 1
    fi
    cat >unpack.sh <<END
mkdir -p $PWD/unpacked/var/lib/dpkg/info $PWD/unpacked/var/lib/dpkg/updates
touch $PWD/unpacked/var/lib/dpkg/status
exec dpkg --root=$PWD/unpacked --force-depends --unpack $PWD/debs/*.deb
END
}

run_rounds() {
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        for tool in $tools; do
            case $tool in
            docker | podman) measure "$round" back_to_back "$tool" 3 ;;
            *) measure "$round" back_to_back "$tool" "$back_to_back" ;;
            esac
            measure "$round" one_shot "$tool" "$one_shot"
        done
        [ -n "$unpacks" ] || continue
        for tool in outside mydocker-overlay; do measure "$round" unpack "$tool" 1; done
    done
}

print_table() {
    echo
    printf '%-17s %10s %12s %9s\n' 'median ms' one-shot 'back to back' unpack
    jq -r '.modes as $modes | [$modes[] | keys[]] | unique[]
        | [., $modes.one_shot[.].median_ms, $modes.back_to_back[.].median_ms, $modes.unpack[.].median_ms] | @tsv' "$1" |
        awk -F'\t' 'function number(x) { return x == "" ? "" : sprintf("%.2f", x) }
            {printf "%-17s %10s %12s %9s\n", $1, number($2), number($3), number($4)}'
    echo
    jq -r '.aims[] | "aim: \(.mode | gsub("_"; " ")), \(.tool): "
        + if .at_most then "\(.ratio) of \(.peer) (at most \(.at_most))" else "\(.more_ms) ms more than \(.peer) (at most \(.at_most_ms))" end
        + if .met then ": met" else ": not met" end' "$1"
}

merge() {
    jq -s -L "$here" -f "$here/bench-root.jq" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson machine "$(machine)" --argjson quick "$quick" --argjson rounds "$rounds" runs/*.json
}

rounds=10 back_to_back=20 one_shot=5
results=$here/../bench/rootfs.json
read_options bench-root.sh "$@"
! $quick || { rounds=2 back_to_back=10 one_shot=3; }
check_needs busybox go

begin
cc -static -O2 -o floor "$here/floor.c"
make_bundle
choose_tools
unpacks=
case $tools in *mydocker-overlay*) ! fetch_packages || unpacks=yes ;; esac
warn_if_busy
run_rounds
keep_results
