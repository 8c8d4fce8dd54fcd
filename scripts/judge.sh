#!/bin/sh
# Judges programs as a programming contest does: compiles each, runs it under
# limits on memory and time, and decides from the report of the run alone.
#
#   scripts/judge.sh [SOURCE...]
#
# A SOURCE is C (.c) or Perl (.pl) and has to print the sum of the numbers on its
# stdin. Without any, the six of scripts/judge are judged, of which one is right and one
# tries to cheat; in Perl where there is no C compiler. The status is 1 if any could not
# be judged. TIME_LIMIT is how long each may take, 2s unless told.
#
# What keeps a program, and the compiler that reads it, from the answers and from the files
# of its own limits is a root file system of its own: the host's, read-only, without what is
# secret and without the judge's directory; /tmp is empty, and counts for its memory. Beside
# that it is nobody: a user of a user namespace whose ids are nobody's on the host. It may
# read what all may read.
set -u
export LC_ALL=C
MYDOCKER=${MYDOCKER:-./mydocker}
MOST_TASKS=32
# The first of 65,536 ids that no user of this host has, and the one of a program.
FIRST_ID=${FIRST_ID:-2000000}
PROGRAM_ID=1000
PROGRAM=$((FIRST_ID + PROGRAM_ID)) # as the host knows it
[ "$(id -u)" = 0 ] || {
    echo "judge.sh: only root can keep programs from the answers and from their limits" >&2
    exit 1
}
command -v "$MYDOCKER" >/dev/null || {
    echo "judge.sh: there is no $MYDOCKER here: make build, or set MYDOCKER" >&2
    exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# $work/private is the judge's, $work/box the program's.
chmod 711 "$work"
mkdir -m 700 "$work/private" || exit 1
printf '1 2\n39\n' >"$work/private/input"
echo 42 >"$work/private/answer"

# limited MODE OPTION... PROGRAM... runs something in a container, as nobody of the host,
# whose working directory /mnt is the box, rw or ro; its report is $work/private/report. An
# old one must not be taken for it.
limited() {
    rm -f "$work/private/report"
    mode=$1
    shift
    "$MYDOCKER" run ${CGROUP_PARENT:+--cgroup-parent "$CGROUP_PARENT"} --report "$work/private/report" \
        --read-only --hide "$work" --tmpfs /tmp -v "$work/box:/mnt:$mode" -w /mnt \
        --uidmap "0:$FIRST_ID:65536" --gidmap "0:$FIRST_ID:65536" -u $PROGRAM_ID:$PROGRAM_ID "$@"
}

# field NAME prints a field of the report, which is one line. What it looks for comes
# before anything that a program can have put there, and has neither comma nor brace;
# with jq it would be: jq -r .NAME
field() {
    read -r value <"$work/private/report"
    value=${value#*"\"$1\":"}
    value=${value%%[,\}]*}
    value=${value#\"}
    echo "${value%\"}"
}

# compile SOURCE makes $work/box/program. A compiler can be made to use any amount of
# memory and time, and to read any file that it may, and "perl -c" runs code. So nothing
# is written there any more when it has run: it may have left a link of that name.
compile() {
    rm -rf "$work/box"
    mkdir -m 700 "$work/box" && chown "$PROGRAM:$PROGRAM" "$work/box" || return
    case $1 in
    *.c)
        cp "$1" "$work/box/source.c" && chmod 644 "$work/box/source.c" &&
            limited rw -m 256m --timeout 60s cc -O1 -o program source.c
        ;;
    *.pl)
        cp "$1" "$work/box/program" && chmod 755 "$work/box/program" &&
            limited rw -m 64m --timeout 60s perl -c program
        ;;
    *) echo "judge.sh: $1: neither .c nor .pl" && return 1 ;;
    esac >"$work/private/messages" 2>&1 </dev/null
}

# verdict prints what the report and the output come to.
verdict() {
    if [ ! -s "$work/private/report" ] || [ "$(field failed)" = runtime ]; then
        echo 'not judged'
    elif [ "$(field pids_peak)" != null ] && [ "$(field pids_peak)" -gt $MOST_TASKS ]; then
        echo 'too many processes'
    elif [ "$(field oom_kills)" != null ] && [ "$(field oom_kills)" -gt 0 ]; then
        echo 'memory limit'
    elif [ "$(field timed_out)" = true ]; then
        echo 'time limit'
    elif [ "$(field signal)" != null ]; then
        echo "crash ($(field signal_name))"
    elif [ "$(field exit_code)" != 0 ]; then
        echo "exit status $(field exit_code)"
    elif cmp -s "$work/private/output" "$work/private/answer"; then
        echo right
    else
        echo 'wrong answer'
    fi
}

# judge SOURCE prints a line of the table.
judge() {
    rm -f "$work/private/output"
    if compile "$1" && [ -x "$work/box/program" ]; then
        limited ro -i -m 64m --pids-limit $((MOST_TASKS + 1)) --timeout "${TIME_LIMIT:-2s}" /mnt/program \
            <"$work/private/input" >"$work/private/output" 2>"$work/private/messages"
        verdict=$(verdict)
    else
        verdict='does not compile'
    fi
    printf '%-12s %-20s %6s %9s %11s %6s\n' "$(basename "$1")" "$verdict" "$(field status)" \
        "$(field cpu_usec)" "$(field memory_peak_bytes)" "$(field pids_peak)"
    [ "$verdict" != 'not judged' ] || { cat "$work/private/messages" >&2 && unjudged=1; }
}

if [ $# = 0 ]; then
    kind=pl
    ! command -v cc >/dev/null || kind=c
    for name in right memory endless forks crash cheat; do set -- "$@" "$here/judge/$name.$kind"; done
fi
unjudged=0
printf '%-12s %-20s %6s %9s %11s %6s\n' program verdict status 'cpu usec' 'peak bytes' tasks
for source in "$@"; do judge "$source"; done
exit $unjudged
