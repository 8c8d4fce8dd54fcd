#!/bin/sh
# Judges programs as a programming contest does: compiles each, runs it under
# limits on memory and time, and decides from the report of the run alone.
#
#   scripts/judge.sh [SOURCE...]
#
# A SOURCE is C (.c) or Perl (.pl) and has to print the sum of the numbers on its
# stdin. Without any, the five of scripts/judge are judged, of which one is right;
# in Perl where there is no C compiler. The status is 1 if any could not be judged.
# TIME_LIMIT is how long each may take, 2s unless told.
set -u
export LC_ALL=C
MYDOCKER=${MYDOCKER:-./mydocker}
MOST_TASKS=32
command -v "$MYDOCKER" >/dev/null || {
    echo "judge.sh: there is no $MYDOCKER here: make build, or set MYDOCKER" >&2
    exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
printf '1 2\n39\n' >"$work/input"
echo 42 >"$work/answer"

# limited OPTION... PROGRAM... runs something in a container; its report is
# $work/report. An old one must not be taken for it.
limited() {
    rm -f "$work/report"
    "$MYDOCKER" run ${CGROUP_PARENT:+--cgroup-parent "$CGROUP_PARENT"} --report "$work/report" "$@"
}

# field NAME prints a field of the report, which is one line. What it looks for comes
# before anything that a program can have put there, and has neither comma nor brace;
# with jq it would be: jq -r .NAME
field() {
    read -r value <"$work/report"
    value=${value#*"\"$1\":"}
    value=${value%%[,\}]*}
    value=${value#\"}
    echo "${value%\"}"
}

# compile SOURCE makes $work/program. Compilers can be made to use any amount of
# memory and time, too.
compile() {
    case $1 in
    *.c) limited -m 256m --timeout 60s cc -O1 -o "$work/program" "$1" ;;
    *.pl) limited -m 64m --timeout 60s perl -c "$1" && cp "$1" "$work/program" && chmod 755 "$work/program" ;;
    *) echo "judge.sh: $1: neither .c nor .pl" ;;
    esac >"$work/messages" 2>&1 </dev/null
}

# verdict prints what the report and the output come to.
verdict() {
    if [ ! -s "$work/report" ] || [ "$(field failed)" = runtime ]; then
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
    elif cmp -s "$work/output" "$work/answer"; then
        echo right
    else
        echo 'wrong answer'
    fi
}

# judge SOURCE prints a line of the table.
judge() {
    rm -f "$work/program" "$work/output"
    if compile "$1" && [ -x "$work/program" ]; then
        limited -i -m 64m --pids-limit $((MOST_TASKS + 1)) --timeout "${TIME_LIMIT:-2s}" "$work/program" <"$work/input" >"$work/output" 2>"$work/messages"
        verdict=$(verdict)
    else
        verdict='does not compile'
    fi
    printf '%-12s %-20s %6s %9s %11s %6s\n' "$(basename "$1")" "$verdict" "$(field status)" \
        "$(field cpu_usec)" "$(field memory_peak_bytes)" "$(field pids_peak)"
    [ "$verdict" != 'not judged' ] || { cat "$work/messages" >&2 && unjudged=1; }
}

if [ $# = 0 ]; then
    kind=pl
    ! command -v cc >/dev/null || kind=c
    for name in right memory endless forks crash; do set -- "$@" "$here/judge/$name.$kind"; done
fi
unjudged=0
printf '%-12s %-20s %6s %9s %11s %6s\n' program verdict status 'cpu usec' 'peak bytes' tasks
for source in "$@"; do judge "$source"; done
exit $unjudged
