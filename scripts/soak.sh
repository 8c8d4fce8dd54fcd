#!/bin/sh
# Runs a great many containers, one after the other and at once, checks the exit
# status of each, and shows that nothing of them is left: what there is of
# everything before and after is in the table at the end. One container lives
# through it all, and gets a signal now and then.
#
#   scripts/soak.sh [-s RUNS] [-r ROUNDS] [-c RUNS]
#
#   -s RUNS                one after the other (default: 1000)
#   -r ROUNDS, -c RUNS     then so many times so many at once (20 times 50)
#
# Half of what it looks at is the whole machine's. Where somebody else begins
# something at the same time, that may be taken for a leak.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

sequential=1000 rounds=20 concurrent=50
while getopts s:r:c: option; do
    case $option in
    s) sequential=$OPTARG ;;
    r) rounds=$OPTARG ;;
    c) concurrent=$OPTARG ;;
    *) fail 'usage: soak.sh [-s RUNS] [-r ROUNDS] [-c RUNS]' ;;
    esac
done
total=$((sequential + rounds * concurrent))
# Leftovers of the kernel's own work in the background take a while.
PATIENCE=60

# contain ARG... runs a container that can be told from others by a variable in
# the environment of all its processes.
contain() { SOAK=$$ "$MYDOCKER" run --cgroup-parent "$parent" "$@" >"$TMP/output-$number" 2>&1; }

# one NUMBER is one run. Tens of runs have the default parent and one of ours in
# turn, and among ten there is each kind.
one() {
    number=$1 parent=$PARENT
    [ $(($1 / 10 % 2)) = 0 ] || parent=/mydocker
    want=0
    case $(($1 % 10)) in
    0) contain true ;;
    1) contain ls -l / ;;
    2) contain -i -m 64m sort <"$0" ;;
    3) contain -t sh -c 'ps ax | wc -l' ;;
    4) want=7 && contain sh -c 'exit 7' ;;
    5) want=3 && contain sh -c 'sleep 60 & setsid sleep 60 & (exit 0) & exit 3' ;;
    6) want=137 && contain sh -c 'sh -c "kill -KILL \$\$"' ;;
    7) want=127 && contain no-such-program ;;
    8) want=126 && contain / ;;
    9) want=125 && contain -m 12zz true ;;
    esac
    code=$?
    [ "$code" = "$want" ] ||
        echo "run $1: status $code, not $want: $(cat "$TMP/output-$1")" >>"$TMP/wrong"
    rm "$TMP/output-$1"
}

# one_by_one FIRST COUNT
one_by_one() {
    run=$1
    while [ "$run" -lt $(($1 + $2)) ]; do
        one "$run"
        run=$((run + 1))
        [ $((run % 10)) != 0 ] || kill -USR1 "$started"
    done
}

# at_once FIRST COUNT
at_once() {
    run=$1 pids=
    while [ "$run" -lt $(($1 + $2)) ]; do
        one "$run" &
        pids="$pids $!"
        run=$((run + 1))
    done
    kill -USR1 "$started"
    for pid in $pids; do wait "$pid"; done
}

count() { wc -l | tr -d ' '; }
files() { find "$@" -mindepth 1 -maxdepth 1 2>/dev/null | count; }

# our_cgroups lists the containers' cgroups, and their parents.
our_cgroups() {
    for mount in $(cgroup_mounts); do
        for dir in "$mount$PARENT" "$mount/mydocker"; do
            # Others' containers end while find is at it.
            [ ! -d "$dir" ] || find "$dir" -type d 2>/dev/null
        done
    done
}

# kernels_cgroups counts those that the kernel has in memory, the removed ones
# too that something still refers to.
kernels_cgroups() { awk '$1 ~ /^(memory|cpu|cpuset)$/ && !seen[$2]++ { n += $3 } END { print n }' /proc/cgroups; }
dying_cgroups() {
    for mount in $(cgroup_mounts); do
        [ ! -e "$mount/cgroup.stat" ] || cat "$mount/cgroup.stat"
    done | awk '$1 == "nr_dying_descendants" { n += $2 } END { print n + 0 }'
}

# measure prints a line for each thing: what there is, how much more there may
# be afterwards, its name.
measure() {
    line() { printf '%s\t%s\t%s\n' "$@"; }
    line "$(our_cgroups | count)" 0 "cgroups below $PARENT and /mydocker"
    line "$(kernels_cgroups)" $((total / 20 + 2)) 'cgroups in the kernel'
    line "$(dying_cgroups)" $((total / 20 + 2)) 'dying cgroups (v2)'
    line "$(grep -vxFf "$TMP/mountinfo" /proc/self/mountinfo | count)" 0 'mounts that were not there before'
    line "$(grep -lsF "SOAK=$$" /proc/[0-9]*/environ | count)" 0 'processes of the runs'
    line "$(grep -ls '^State:.Z' /proc/[0-9]*/status | count)" 0 'zombies'
    line "$(readlink /proc/[0-9]*/ns/net | sort -u | count)" 0 'network namespaces'
    line "$(readlink /proc/[0-9]*/ns/* | sort -u | count)" 0 'namespaces'
    line "$(cat /proc/sys/kernel/pty/nr)" 0 'pseudo-terminals'
    # Go's poller has two, from the first time on that mydocker waits for a while.
    line "$(files "/proc/$started/fd")" 2 'open files of the long-lived mydocker'
    line "$(files "/proc/$started/task")" 4 'threads of the long-lived mydocker'
    # Go first collects its garbage when it has 4 MiB of it.
    line "$(awk '/^VmRSS:/ { print $2 }' "/proc/$started/status")" 8192 'its memory, KiB'
    line "$(cut -f 1 /proc/sys/fs/file-nr)" $((total / 10 + 500)) 'open files of the machine'
    line "$(awk '/^SUnreclaim:/ { print $2 }' /proc/meminfo)" 16384 'kernel memory (SUnreclaim), KiB'
}

# is_settled measures anew and tells whether nothing is more than it may be.
is_settled() {
    measure >"$TMP/after"
    paste "$TMP/before" "$TMP/after" | awk -F '\t' '$4 > $1 + $2 { leaks = 1 } END { exit leaks }'
}

print_table() {
    printf '\n%-52s %9s %9s %9s\n' '' before after 'more may'
    paste "$TMP/before" "$TMP/after" | awk -F '\t' '
        { printf "%-52s %9d %9d %9d  %s\n", $3, $1, $4, $2, ($4 > $1 + $2 ? "LEAKS" : "ok") }'
    echo
}

exec </dev/null
: >"$TMP/wrong"
cat /proc/self/mountinfo >"$TMP/mountinfo"
start sh -c 'trap "echo USR1" USR1; trap "exit 9" TERM; sleep infinity & echo up; while :; do wait; done'
check "the long-lived container is up" before_long says up

# The first runs and signals fill caches.
one_by_one 0 10
at_once 10 10
check "it gets signals" before_long says USR1
measure >"$TMP/before"

say "$sequential runs, one after the other"
one_by_one 0 "$sequential"
say "$rounds times $concurrent runs at once"
round=0
while [ "$round" -lt "$rounds" ]; do
    at_once $((round * concurrent)) "$concurrent"
    round=$((round + 1))
done
kill -USR1 "$started" || fail "the long-lived container has ended"

settled=false
for _ in $(seq "$PATIENCE"); do
    if is_settled; then
        settled=true
        break
    fi
    sleep 1
done
print_table

[ ! -s "$TMP/wrong" ] || fail "some runs ended as they should not: $(head -n 5 "$TMP/wrong")"
ok "all $total runs ended with the status that they should"
check "nothing leaks" "$settled"
kill -TERM "$started"
wait "$started"
check "the long-lived container ends as it is told" [ $? = 9 ]
STARTED=
# Of the default parent others may be the users.
check "with it goes the cgroup parent" [ -z "$(our_cgroups | grep -F "$PARENT")" ]
