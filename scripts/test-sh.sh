#!/bin/sh
# A shell in a container is alone there, and leaves the host as it was.
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
need ps ip ipcs ipcmk hostname expect

say "The shell is PID 1 and sees no process of the host."
# shellcheck disable=SC2016 # the shell inside expands it
run -ti /bin/sh -c 'echo "the shell is $$"; ps -e -o pid,comm; true'
check "it is PID 1" says "the shell is 1"
processes=$(grep -Ec '^ *[0-9]+ ' "$TMP/output")
check "there are but two processes, the shell and ps" [ "$processes" = 2 ]

say "Its host name, message queues and network are its own."
host=$(hostname)
run sh -c 'hostname inside && hostname'
check "inside, the name is the new one" says inside
check "the host's is still $host" [ "$(hostname)" = "$host" ]

ipcs -q >"$TMP/queues"
run sh -c 'ipcmk -Q && ipcs -q | grep 0x'
check "inside, there is a message queue" grep -q '^0x' "$TMP/output"
ipcs -q >"$TMP/queues.now"
check "the host's queues are as before" cmp -s "$TMP/queues" "$TMP/queues.now"

run sh -c 'ip -brief address'
check "lo is the only network device" [ "$(wc -l <"$TMP/output")" = 1 ]
check "it is up" grep -q '^lo .*127\.0\.0\.1' "$TMP/output"

say "The exit status is the shell's."
run sh -c 'exit 7'
check "exit 7 gives 7" [ "$code" = 7 ]

say "In a terminal it is an interactive shell."
export MYDOCKER PARENT
expect >"$TMP/output" <<'END'
set timeout 30
set env(PS1) "inside> "
proc await {text} {
    expect -ex $text {} default { puts "\nno '$text' within 30 s"; exit 1 }
}
spawn $env(MYDOCKER) run -ti --cgroup-parent $env(PARENT) /bin/sh
await "inside> "
send "echo \$\$ \$(tty)\r"
await "1 /dev/pts/"
await "inside> "
# Only once the inner shell speaks has the outer one given it the terminal.
send "sh -c 'echo read\"\"y; exec sleep 60'\r"
await "ready"
send "\003"
await "inside> "
send "exit 7\r"
expect eof
exit [lindex [wait] 3]
END
code=$?
sed 's/^/  | /' "$TMP/output"
check "it prompts, has a terminal, Ctrl-C ends the sleep, exit 7 gives 7" [ "$code" = 7 ]
