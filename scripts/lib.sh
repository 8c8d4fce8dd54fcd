# Helpers of the test-*.sh scripts and of soak.sh. Source it from the project's root.
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used there

set -u
export LC_ALL=C

# The program under test.
MYDOCKER=${MYDOCKER:-./mydocker}
# The caller's own defaults would change what is shown.
unset MYDOCKER_MEMORY MYDOCKER_CPUSET MYDOCKER_CPU_SHARES

# The cgroup parent of this script's containers, and a place for its files.
PARENT=/mydocker-test-$$
TMP=$(mktemp -d)

# clean_up runs on every way out: it ends the containers that start left
# running and removes the cgroups and files.
clean_up() {
    status=$?
    trap - EXIT
    stop_all
    for mount in $(cgroup_mounts); do
        [ ! -d "$mount$PARENT" ] || rmdir "$mount$PARENT" || status=1
    done
    rm -r "$TMP"
    exit "$status"
}
STARTED=
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 129' HUP
trap 'exit 143' TERM

say() { printf '\n%s\n' "$*"; }
ok() { printf '  ok      %s\n' "$*"; }
fail() {
    printf '  FAILED  %s\n' "$*"
    exit 1
}

# check WHAT COMMAND... says whether a command, such as a test, succeeds.
check() {
    what=$1
    shift
    "$@" || fail "$what"
    ok "$what"
}

# run ARG... shows a run of mydocker and its output, which is then in
# $TMP/output; the exit status is in $code.
run() {
    shown "$@"
    "$MYDOCKER" run --cgroup-parent "$PARENT" "$@" >"$TMP/output" 2>&1 </dev/null
    code=$?
    sed 's/^/  | /' "$TMP/output"
}

# start ARG... is run in the background, until stop_all: the pid of mydocker is
# in $started, and the output grows in $TMP/output.
start() {
    shown "$@" '&'
    "$MYDOCKER" run --cgroup-parent "$PARENT" "$@" >"$TMP/output" 2>&1 </dev/null &
    started=$!
    STARTED="$STARTED $started"
}

stop_all() {
    for pid in $STARTED; do
        kill "$pid" 2>/dev/null
        wait "$pid"
    done
    STARTED=
}

# shown prints a command line, without the cgroup parent that is all ours.
shown() {
    printf '\n$ mydocker run'
    for arg in "$@"; do
        case $arg in
        *[!-A-Za-z0-9_./=\&]* | '') printf " '%s'" "$arg" ;;
        *) printf ' %s' "$arg" ;;
        esac
    done
    echo
}

# says TEXT tells whether a whole line of the output is TEXT.
says() { grep -qxF -e "$1" "$TMP/output"; }

# mentions TEXT tells whether the output has TEXT somewhere.
mentions() { grep -qF -e "$1" "$TMP/output"; }

# before_long COMMAND... waits until a command succeeds, for a minute at most.
before_long() {
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.1
    done
}

# need PROGRAM... stops where one is missing.
need() {
    for program in "$@"; do
        command -v "$program" >/dev/null || fail "$program is missing: scripts/setup.sh installs it"
    done
}

# cgroup_mounts lists where the cgroup hierarchies are mounted.
cgroup_mounts() {
    awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo
}

# cgroup_file CONTROLLER V1NAME V2NAME prints the path of a file of the running
# container's own cgroup: where a v1 hierarchy has the controller the first
# name counts, else the second.
cgroup_file() {
    mount=$(awk -v name="$1" '/ - cgroup / && ("," $NF ",") ~ ("," name ",") { print $5; exit }' /proc/self/mountinfo)
    name=$2
    if [ -z "$mount" ]; then
        mount=$(awk '/ - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
        name=$3
    fi
    for file in "$mount$PARENT"/*/"$name"; do
        [ -f "$file" ] && echo "$file" && return
    done
    return 1
}

# holds CONTROLLER V1NAME V2NAME VALUE tells whether such a file has VALUE.
holds() {
    file=$(cgroup_file "$1" "$2" "$3") && [ "$(cat "$file")" = "$4" ]
}

[ -x "$MYDOCKER" ] || fail "there is no $MYDOCKER: run make build first"
[ "$(id -u)" = 0 ] || fail "this has to run as root"
