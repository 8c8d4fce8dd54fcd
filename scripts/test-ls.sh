#!/bin/sh
# A program runs in a container, prints, and the container ends with it.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

say "A program runs in a container and its output comes back."
run -ti /bin/ls -l -a /
check "it ends well" [ "$code" = 0 ]
check "it lists the root directory" grep -Eq '^d.* proc$' "$TMP/output"
check "without a terminal -ti says so, and works" mentions "neither stdin nor stdout is a terminal"

say "A name without a slash is looked up in PATH."
run ls -d /proc
check "ls is found" says /proc
run no-such-program
check "a program that does not exist is reported by status 127" [ "$code" = 127 ]

say "Arguments arrive as they are: spaces, quotes, empty ones."
# shellcheck disable=SC2016 # nothing is to be expanded
run printf '[%s]\n' 'a b' '' '"quoted" $HOME; echo' -m
check "a space stays inside its argument" says '[a b]'
check "an empty argument stays" says '[]'
# shellcheck disable=SC2016 # nothing is to be expanded
check "quotes and signs stay" says '["quoted" $HOME; echo]'
check "a flag behind the command is the command's" says '[-m]'
