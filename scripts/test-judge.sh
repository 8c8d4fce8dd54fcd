#!/bin/sh
# A judge of programs, which decides from the reports of their runs.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need perl
export MYDOCKER
export CGROUP_PARENT="$PARENT"

# judged PROGRAM VERDICT tells whether the table has that.
judged() { grep -q "^$1  *$2  " "$TMP/table"; }

# left_behind prints the processes of a cheat that are still there.
left_behind() { grep -ls '^Name:[[:space:]]*left-behind' /proc/[0-9]*/status; }

for kind in pl c; do
    [ $kind = pl ] || command -v cc >/dev/null || continue
    say "Six programs ($kind), each run with -m 64m --pids-limit 33 --timeout TIME --report r.json."
    TIME_LIMIT=1s scripts/judge.sh "scripts/judge/endless.$kind" "scripts/judge/forks.$kind" >"$TMP/table" 2>&1
    code=$?
    # These do not need the limit to end, and a slow machine takes longer to fill
    # 64 MiB.
    TIME_LIMIT=60s scripts/judge.sh "scripts/judge/right.$kind" "scripts/judge/memory.$kind" \
        "scripts/judge/crash.$kind" "scripts/judge/cheat.$kind" >>"$TMP/table" 2>&1 || code=$?
    sed 's/^/  | /' "$TMP/table"
    check "all were judged" [ "$code" = 0 ]
    check "the right answer" judged right.$kind right
    check "too much memory" judged memory.$kind 'memory limit'
    check "an endless loop" judged endless.$kind 'time limit'
    # Before Linux 6.1 the kernel does not tell the most processes; one of the
    # limits holds them all the same.
    check "a fork bomb" judged forks.$kind '\(too many processes\|memory limit\|time limit\)'
    check "a crash" judged crash.$kind 'crash (SIGSEGV)'
    # Its status would tell what it got, and what it had read would be right.
    check "an attack, which gets nothing" judged cheat.$kind 'wrong answer'
    check "what it left behind is gone" [ -z "$(left_behind)" ]
done

say "A program that does not compile, and one whose answer is wrong."
echo 'print (' >"$TMP/half.pl"
printf '#!/usr/bin/perl\nprint "43\\n"\n' >"$TMP/wrong.pl"
TIME_LIMIT=60s scripts/judge.sh "$TMP/half.pl" "$TMP/wrong.pl" >"$TMP/table" 2>&1
sed 's/^/  | /' "$TMP/table"
check "the first" judged half.pl 'does not compile'
check "the second" judged wrong.pl 'wrong answer'

say "The same attack as root, in a container that is no sandbox: what the judge's flags are for."
mkdir "$TMP/box"
install -m 755 scripts/judge/cheat.pl "$TMP/box/program"
echo 42 >"$TMP/answer"
run -m 64m --pids-limit 33 "$TMP/box/program"
got() { [ $((code & $1)) != 0 ]; }
check "it has lifted its limit" got 2
check "it has read the answer" got 8

say "Compilers that are made to read the answer, and code that runs while it is compiled."
echo '#include "../private/answer"' >"$TMP/include.c"
cat >"$TMP/begin.pl" <<'EOF'
BEGIN { unlink 'program'; symlink '../private/answer', 'program' }
EOF
TIME_LIMIT=60s scripts/judge.sh "$TMP/include.c" "$TMP/begin.pl" >"$TMP/table" 2>&1
sed 's/^/  | /' "$TMP/table"
check "#include of the answer" judged include.c 'does not compile'
check "a link to the answer in the program's place" judged begin.pl 'does not compile'
