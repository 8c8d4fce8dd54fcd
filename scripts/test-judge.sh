#!/bin/sh
# A judge of programs, which decides from the reports of their runs.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need perl
export MYDOCKER
export CGROUP_PARENT="$PARENT"

# judged PROGRAM VERDICT tells whether the table has that.
judged() { grep -q "^$1  *$2  " "$TMP/table"; }

for kind in pl c; do
    [ $kind = pl ] || command -v cc >/dev/null || continue
    say "Five programs ($kind), each run with -m 64m --pids-limit 33 --timeout TIME --report r.json."
    TIME_LIMIT=1s scripts/judge.sh "scripts/judge/endless.$kind" "scripts/judge/forks.$kind" >"$TMP/table" 2>&1
    code=$?
    # These do not need the limit to end, and a slow machine takes longer to fill
    # 64 MiB.
    TIME_LIMIT=60s scripts/judge.sh "scripts/judge/right.$kind" "scripts/judge/memory.$kind" \
        "scripts/judge/crash.$kind" >>"$TMP/table" 2>&1 || code=$?
    sed 's/^/  | /' "$TMP/table"
    check "all were judged" [ "$code" = 0 ]
    check "the right answer" judged right.$kind right
    check "too much memory" judged memory.$kind 'memory limit'
    check "an endless loop" judged endless.$kind 'time limit'
    # Before Linux 6.1 the kernel does not tell the most processes; one of the
    # limits holds them all the same.
    check "a fork bomb" judged forks.$kind '\(too many processes\|memory limit\|time limit\)'
    check "a crash" judged crash.$kind 'crash (SIGSEGV)'
done

say "A program that does not compile, and one whose answer is wrong."
echo 'print (' >"$TMP/half.pl"
printf '#!/usr/bin/perl\nprint "43\\n"\n' >"$TMP/wrong.pl"
TIME_LIMIT=60s scripts/judge.sh "$TMP/half.pl" "$TMP/wrong.pl" >"$TMP/table" 2>&1
sed 's/^/  | /' "$TMP/table"
check "the first" judged half.pl 'does not compile'
check "the second" judged wrong.pl 'wrong answer'
