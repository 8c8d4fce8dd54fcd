#!/bin/sh
# Compares the start-to-exit time of containers: mydocker against runc, crun,
# bubblewrap, unshare(1), podman and docker, whichever are installed and run here.
#
#   scripts/bench.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: few runs, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/results.json, which
#            git ignores); scripts/bench-chart.py draws them
#
# scripts/install-peers.sh installs what it needs and what it compares with.
#
# Every tool runs a static no-op in new UTS, IPC, PID, mount and network
# namespaces with a fresh /proc. mydocker, runc, crun, podman and docker also hold
# three limits: 100 MiB of memory, one CPU, 512 CPU shares; bubblewrap and unshare
# have no cgroups. runc, crun, podman and docker get a root file system of their own,
# because they must; the others keep the host's. podman and docker are engines above
# runc, and as slow as that: one after the other is all that they are asked for. Whatever else a peer could be asked for
# (seccomp, /dev, a supervisor as PID 1) is left out, in its favour.
#
# A machine's speed drifts. So each tool runs a little in every round, and the
# medians are those of all rounds together.
set -eu

PARALLEL=20
SEQUENCE=100
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"

# measure ROUND MODE TOOL RUNS times one tool in one mode.
measure() {
    results_of="runs/$1-$2-$3.json"
    label="$2 $3"
    case $2 in
    back_to_back) set -- "$3" "$4" --warmup 3 "$(one "$3")" ;;
    one_shot) set -- "$3" "$4" --warmup 1 --prepare 'sleep 0.2' "$(one "$3")" ;;
    parallel) set -- "$3" "$4" "xargs -a $PARALLEL.list -P $PARALLEL -I{} $(command_line "$3")" ;;
    sequence) set -- "$3" "$4" "xargs -a $SEQUENCE.list -I{} $(command_line "$3")" ;;
    esac
    hyperfine_on "$@" --command-name "$label" --export-json "$results_of" >log 2>&1 ||
        fail "$label: $(cat log)"
}

# run_rounds gives every tool its turn in every mode, round after round.
run_rounds() {
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        for mode in back_to_back one_shot parallel sequence; do
            for tool in $tools; do
                runs=$(runs_of "$mode" "$tool")
                [ "$runs" = 0 ] || measure "$round" "$mode" "$tool" "$runs"
            done
        done
    done
}

# runs_of MODE TOOL is how often a round has it.
runs_of() {
    case $1-$2 in
    parallel-podman | parallel-docker | sequence-podman | sequence-docker) echo 0 && return ;;
    *-podman | *-docker) echo 3 && return ;;
    esac
    case $1 in
    back_to_back) echo "$back_to_back" ;;
    one_shot) echo "$one_shot" ;;
    parallel) echo 2 ;;
    sequence) echo 1 ;;
    esac
}

# facts prints a line for each tool: name, version, size of its binary, peak
# resident memory. The latter is that of the largest process of the runtime,
# as wait4(2) tells it, the most of five runs.
facts() {
    for tool in $tools; do
        for _ in 1 2 3 4 5; do
            # shellcheck disable=SC2046 # the words of the command line
            place "$tool" env time -a -o "$tool.rss" -f %M $(one "$tool")
        done
        binary=$(program "$tool")
        printf '%s\t%s\t%s\t%s\n' "$tool" "$("$binary" --version | head -n 1)" \
            "$(stat -L -c %s "$(command -v "$binary")")" "$(sort -n "$tool.rss" | tail -n 1)"
    done
}

merge() {
    jq -s -L "$here" -f "$here/bench.jq" --rawfile facts facts.tsv \
        --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson machine "$(machine)" \
        --argjson quick "$quick" --argjson rounds "$rounds" \
        --argjson parallel "$PARALLEL" --argjson sequence "$SEQUENCE" runs/*.json
}

# print_table and print_aims read the results.
print_table() {
    print_figures "$1"
    print_aims "$1"
}

print_figures() {
    echo
    printf '%-11s %19s %19s %19s %19s %9s %10s\n' '' "one-shot" "back to back" \
        "$PARALLEL in parallel" "$SEQUENCE in sequence" "peak RSS" "binary"
    printf '%-11s %12s %6s %12s %6s %12s %6s %12s %6s %9s %10s\n' tool \
        'median ms' ratio 'median ms' ratio 'median ms' ratio 'median ms' ratio KiB bytes
    jq -r '. as $all | .tools | to_entries[] | .key as $tool
        | [$tool]
          + ["one_shot", "back_to_back", "parallel", "sequence" | $all.modes[.][$tool] | .median_ms, .ratio]
          + [.value.peak_rss_kib, .value.binary_bytes] | @tsv' "$1" |
        awk -F'\t' '
            function number(x) { return x == "" ? "" : sprintf("%.2f", x) }
            {printf "%-11s %12s %6s %12s %6s %12s %6s %12s %6s %9d %10d\n",
                $1, number($2), number($3), number($4), number($5), number($6), number($7), number($8), number($9), $10, $11}'
    echo
    echo 'ratio: the median of mydocker divided by that of the tool; below 1 mydocker is faster.'
}

print_aims() {
    echo
    jq -r '.aims[] | [(.mode | gsub("_"; " ")), .ratio, .peer, .at_most, if .met then "met" else "not met" end] | @tsv' "$1" |
        awk -F'\t' '{printf "aim: %-12s %.2f of %-10s (at most %.2f): %s\n", $1, $2, $3, $4, $5}'
}

rounds=10 back_to_back=20 one_shot=5
results=$here/../bench/results.json
read_options bench.sh "$@"
! $quick || { rounds=2 back_to_back=10; }
check_needs time xargs

begin
seq "$PARALLEL" >"$PARALLEL.list"
for _ in 1 2 3 4 5; do cat "$PARALLEL.list"; done >"$SEQUENCE.list"
while read -r i; do write_bundle "$i"; done <"$PARALLEL.list"

choose_tools
warn_if_busy
facts >facts.tsv
run_rounds
keep_results
