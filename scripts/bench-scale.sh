#!/bin/sh
# Measures how the start-to-exit time of a container grows with what else is on
# the host: mydocker against the tools of scripts/bench.sh, which says how each
# runs the no-op.
#
#   scripts/bench-scale.sh [-q] [-o FILE] MYDOCKER
#
#   -q       a quick look: one round, figures that wobble
#   -o FILE  where the results go as JSON (default: bench/scale.json, which git
#            ignores)
#
# The situations: nothing else; live containers of mydocker, each a sleep, below
# the same cgroup parent as the measured one; empty cgroups of somebody else's
# in each hierarchy that holds a limit; mounts, in a mount namespace of the
# measured tool's own, so that the machine's stays as it is; a large environment.
# unshare(1) makes the namespaces and /proc and nothing else: what grows with it
# is the kernel's.
#
# A machine's speed drifts. So every situation, with each tool, has its turn in
# every round, and the medians are those of all rounds together. At the end, and
# when interrupted, everything is removed, and that is checked.
set -eu

LIVE='10 100 1000'
CGROUPS=1000
MOUNTS=5000
# 16 variables, since the kernel takes at most 128 KiB for one.
VARIABLES=16
VARIABLE_BYTES=65536

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=scripts/bench-lib.sh
. "$here/bench-lib.sh"

live_pids=
parent=/$name-live
others=/$name-others

# hierarchies lists the mount points of those that hold a limit.
hierarchies() {
    awk '/ - cgroup / && ("," $NF ",") ~ /,(memory|cpu|cpuset),/ {print $5} / - cgroup2 / {print $5}' /proc/self/mountinfo |
        while read -r mount; do
            if [ ! -e "$mount/cgroup.controllers" ] || grep -qwE 'memory|cpu|cpuset' "$mount/cgroup.controllers"; then
                echo "$mount"
            fi
        done
}

# live COUNT starts as many containers as are missing, and waits until their
# commands run. Those of a batch start at once.
live() {
    while [ "$started" -lt "$1" ]; do
        batch=0
        while [ "$batch" -lt 50 ] && [ "$started" -lt "$1" ]; do
            # shellcheck disable=SC2016 # the container's shell expands it
            ./mydocker run --cgroup-parent "$parent" -m 100m --cpuset-cpus "$cpu" --cpu-shares 512 \
                sh -c 'echo >>"$0" && exec sleep infinity' "$work/up" </dev/null >>live.log 2>&1 &
            live_pids="$live_pids $!"
            started=$((started + 1)) batch=$((batch + 1))
        done
        tries=0
        until [ "$(wc -l <up)" -eq "$started" ]; do
            tries=$((tries + 1))
            [ "$tries" -lt 300 ] || fail "only $(wc -l <up) of $started containers came up: $(head -n 3 live.log)"
            sleep 0.1
        done
    done
}

end_live() {
    for pid in $live_pids; do
        kill "$pid" 2>/dev/null || :
    done
    for pid in $live_pids; do
        wait "$pid" || :
    done
    live_pids='' started=0
    : >up
}

make_cgroups() {
    for mount in $(hierarchies); do
        seq -f "$mount$others/%g" "$CGROUPS" | xargs mkdir -p
    done
}

end_cgroups() {
    for mount in $(hierarchies); do
        [ ! -d "$mount$others" ] || find "$mount$others" -depth -type d -exec rmdir {} +
    done
}

# write_wrappers writes two programs that run a command:
# among-mounts in a mount namespace with MOUNTS more mounts: a hundred bind
# mounts, and recursive bind mounts of those;
# with-large-environment with VARIABLES of VARIABLE_BYTES.
write_wrappers() {
    mkdir crowd
    cat >in-crowd <<'END'
#!/bin/sh
set -e
mounts=$1 copies=$(($1 / 100))
shift
mount -t tmpfs crowd crowd
for i in $(seq "$copies"); do mkdir "crowd/$i"; done
mount -t tmpfs first crowd/1
for i in $(seq 99); do
    mkdir "crowd/1/$i"
    mount --bind "crowd/1/$i" "crowd/1/$i"
done
for i in $(seq 2 "$copies"); do mount --rbind crowd/1 "crowd/$i"; done
[ "$(wc -l </proc/self/mountinfo)" -gt "$mounts" ]
exec "$@"
END
    cat >among-mounts <<END
#!/bin/sh
exec unshare --mount --propagation private ./in-crowd $MOUNTS "\$@"
END
    cat >with-large-environment <<END
#!/bin/sh
filler=\$(head -c $((VARIABLE_BYTES - 16)) /dev/zero | tr '\\0' x)
for i in \$(seq $VARIABLES); do export "FILLER_\$i=\$filler"; done
exec "\$@"
END
    chmod +x in-crowd among-mounts with-large-environment
}

# measure ROUND SITUATION [WRAPPER] times every tool in one situation.
measure() {
    within=${3:-}
    for tool in $tools; do
        export_to="runs/$1-$2-$tool.json"
        label="$2 $tool"
        hyperfine_on "$tool" "$runs" --warmup 2 "$(one "$tool")" \
            --command-name "$label" --export-json "$export_to" >log 2>&1 ||
            fail "$label: $(cat log)"
    done
}

run_rounds() {
    for round in $(seq "$rounds"); do
        echo "round $round of $rounds" >&2
        measure "$round" baseline
        measure "$round" environment_1mib ./with-large-environment
        measure "$round" "mounts_$MOUNTS" ./among-mounts
        make_cgroups
        measure "$round" "cgroups_$CGROUPS"
        end_cgroups
        for count in $LIVE; do
            live "$count"
            measure "$round" "live_$count"
        done
        end_live
        # The kernel frees a thousand namespaces in the background.
        [ "$round" -eq "$rounds" ] || sleep 10
    done
}

merge() {
    jq -s -L "$here" -f "$here/bench-scale.jq" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        --argjson machine "$(machine)" --argjson quick "$quick" --argjson rounds "$rounds" runs/*.json
}

# print_table shows for each tool the median, and the growth in brackets.
print_table() {
    echo
    jq -r '["", (.situations.baseline | keys_unsorted[])],
        (.situations | to_entries[] | [.key, (.value[]
            | if .growth_ms then "\(.median_ms) (\(.growth_ms) x\(.ratio))" else "\(.median_ms)" end)]) | @tsv' "$1" |
        awk -F'\t' '{printf "%-17s", $1; for (i = 2; i <= NF; i++) printf " %24s", $i; print ""}'
    echo
    echo 'median ms (more than at the baseline in ms, and as a ratio)'
}

# clean_up fails if something is still there afterwards.
clean_up() {
    status=$?
    trap - EXIT
    trap '' INT TERM
    pids=$live_pids
    end_live
    end_cgroups
    remove_peers_containers
    for pid in $pids; do
        ! kill -0 "$pid" 2>/dev/null || left "process $pid still runs"
    done
    dirs=$(find /sys/fs/cgroup -maxdepth 2 -type d -name "$name*")
    [ -z "$dirs" ] || left "there still is" "$dirs"
    ! grep -qF "$work" /proc/self/mountinfo || left "something is mounted below $work"
    cd /
    rm -rf "$work"
    exit "$status"
}

left() {
    echo "bench: $*" >&2
    status=1
}

rounds=3 runs=15 started=0
results=$here/../bench/scale.json
read_options bench-scale.sh "$@"
! $quick || { rounds=1 runs=10; }
check_needs unshare xargs

begin
: >up
write_bundle 1
write_wrappers

choose_tools
warn_if_busy
run_rounds
keep_results
