#!/bin/sh
# Compares how long it takes to do something with containers that stay: mydocker, podman and
# docker; and how much memory it takes to look after them.
#
#   scripts/bench-life.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: few runs, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/life.json, which git ignores)
#
# scripts/bench-life.py takes the times. All three have Docker's command line, an image with one
# static program, and no network. run and start are over when the container's command says that
# it runs. A command writes BYTES of lines as fast as it can: how long that takes is held against
# the same through a pipe, and then logs is read through a pipe. ps lists all containers, of which
# none run but where it says so. podman and docker are left out where they do not run here
# (scripts/docker-daemon.sh scripts/bench-life.sh MYDOCKER brings a daemon).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"
PEERS='podman docker'
BYTES=1000000000
COUNTS=10,100,1000

# command_line prints how a tool is called.
command_line() {
    case $1 in
    mydocker) echo "env MYDOCKER_STATE=$work/state ./docker" ;;
    podman) echo "env -u DOCKER_CONFIG podman --root $work/podman --runroot $work/podman-run --cgroup-manager cgroupfs --runtime runc --events-backend none" ;;
    docker) program docker ;;
    esac
}

# works gives a tool the image, and runs it once.
works() {
    # shellcheck disable=SC2046 # the words of the command line
    tar -C root -c . | $(command_line "$1") import - "$name" >log 2>&1 &&
        $(command_line "$1") run --rm --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$name" /service >>log 2>&1 && return
    sed "s/^/bench: $1: /" log >&2
    return 1
}

# The image is what works imports.
import_image() { :; }

merge() {
    jq -s -L "$here" -f "$here/bench-life.jq" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson machine "$(machine)" --argjson quick "$quick" --argjson rounds "$rounds" --argjson bytes "$BYTES" runs/*.json
}

print_table() {
    echo
    jq -r '.modes as $modes | ($modes.run | keys_unsorted) as $tools | (["median ms", $tools[]] | @tsv),
          ($modes | keys_unsorted[] | . as $mode | [gsub("_"; " "), ($tools[] | $modes[$mode][.]
            | if . then "\(.median_ms)" + if .ratio then " (\(.ratio))" else "" end else "" end)] | @tsv)' "$1" |
        awk -F'\t' '{printf "%-24s", $1; for (n = 2; n <= NF; n++) printf "%22s", $n; print ""}'
    echo
    jq -r '"\(.log.bytes / 1e6) MB of lines through a pipe: \(.log.pipe_ms) ms; logged: " +
            ([.log.tools | to_entries[] | "\(.key) \(.value.mb_per_s) MB/s (\(.value.of_pipe) of the pipe)"] | join(", ")),
        (.stays[] | "\(.containers) containers of \(.tool): \(.processes) x \(.what): \(.pss_kib / .containers | round) KiB PSS for each (\(.pss_anon_kib / .containers | round) anonymous)"),
        (.aims[] | "aim: \(.what): \(.reached) (at most \(.at_most))" + if .met then ": met" else ": not met" end)' "$1"
}

rounds=10
results=$here/../bench/life.json
read_options bench-life.sh "$@"
! $quick || { rounds=2 BYTES=100000000 COUNTS=10,100; }
check_needs python3 tar

begin
ln -s "$mydocker" docker
mkdir root up
mkfifo up/fifo
cc -static -O2 -o service "$here/bench-life.c"
cp service root/
choose_tools
warn_if_busy
set --
for tool in $tools; do set -- "$@" "$tool=$(command_line "$tool")"; done
"$here/bench-life.py" "$name" "$rounds" "$BYTES" "$COUNTS" "$@" >runs/life.json
keep_results
