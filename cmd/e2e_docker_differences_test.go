package cmd_test

// dockerDifferences are the cases, by patterns of their whole names, in which the two
// differ on purpose, and the first cell of the row of docs/differences.md that says why.
func dockerDifferences() map[string][]string {
	return map[string][]string{
		"environment": {
			` script env`, ` env (TERM=.*|USER=caller .*)`, `-it env USER=caller .* terminal`, `-t env USER=caller .*true`,
		},
		"`TERM` with `-t`":  {`-t env TERM=vt100 .*true`, `-it env TERM=vt100 .* terminal`},
		"working directory": {`-w /no-such/dir .*`, `"?--workdir=/tmp[ =]"?( .*)?`, `--workdir=/proc/self`},
		"users and groups": {
			`--user=(badline|odd:?|3000)`, `--group-add=badgroup`, `-u odd --group-add=(mail|oddgroup|3010|5000|3001)`, `-e HOME(=/x)? -u odd .*`,
		},
		"users and groups without `--user`":                              {`--user=`},
		"a user or group with a sign (`+1`), a second colon in `--user`": {`--user=(\+[01]|0:\+1|::|1:2:3|odd:mail:x)`, `--group-add=\+1`},
		"a group in `--user` that is a number and another group's name":  {`--user=odd:5000`},
		"`HOME`":                                {` env HOME=/home/caller .*`, `-t env HOME=/home/caller .*true`, `-it env HOME=/home/caller .* terminal`},
		"a user without a home directory":       {`-u (3007|nohome|noshell) .*`, `--user=nohome`},
		"host name":                             {` script hostname .*`, `--env=(HOME=|HOME=/x|HOME|TERM=x|TERM=)`},
		"umask":                                 {` script umask`},
		"ulimits":                               {`--ulimit=core=1:unlimited`},
		"`--ulimit nofile=0`":                   {`--ulimit=nofile=0`},
		"`--sysctl` with slashes":               {`(-u 1000 )?--sysctl.net[/.]ipv4/ip_forward=1( .*)?`},
		"`--sysctl NAME=`":                      {`-u 1000 --sysctl=net.ipv4.ip_forward=`},
		"a domain name of more than 64 bytes":   {`--domainname=a2345678901234567890123456789012345678901234567890123456789012345`},
		"low ports and ping":                    {` script ping .*`},
		"network":                               {`--network=name=none`},
		"`--ipc`":                               {`--ipc=(none|shareable)`},
		"smallest memory limit and reservation": {`-m 3m .*`, `(-m 64m )?--memory(-reservation)?=(6291455|6143k|5m)`},
		"a size such as `6e7`, `.1g`, `64.m`":   {`(-m 64m )?--memory(-reservation)?=(6e7|6\.5E7|6e7b|6e\+7|64e6|64_000_000|64\.m)`, `--memory=\.1g`, `-m 64m --memory-swap=(\.1g|64\.m)`},
		"a size of less than a byte, or of 8 EiB and more": {
			`(-m 64m )?--memory.*=0\.5b?`, `-m 64m --memory-(swap|reservation)=(9223372036854775807|9223372036854775808|18446744073709551616|8192p|99999999999999999999999)`,
		},
		"`::1` on the loopback device":                  {`(--init|-u 1000)? script cat /proc/net/route .*`},
		"`--cgroup-parent` with `..`":                   {`--cgroup-parent=.*\.\..*`},
		"a line of an `--env-file` of more than 64 KiB": {`--env-file=long-line.env`},
		"`--stop-timeout`":                              {`--stop-timeout=(\+5|0x5)`},
		"stdin that is a directory":                     {`-i script .* redirect </`},
		"default limits":                                {`--cpuset-cpus=all`},
		"`--cpus`":                                      {`--cpus( |=)(1/2|5e-1|1E0|\+[01]|-0|0x1p-1|0b1|-9223372036854775808|9223372036854775808|18446744073709551616)( script true)?`},
		"`--pids-limit 1`":                              {`--pids-limit=(1|\+1|01|0b1)`},
		"`--pids-limit` that was reached":               {`--pids-limit 5 .*`},
		"cgroups":                                       {` script file pids .*`, `--pids-limit[ =](-1|0|-0|\+0|-2|-20|-9223372036854775808)( .*)?`},
		"a limit that the kernel has no file for (swap that is not counted, a weight of block I/O without BFQ)": {
			`--blkio-weight.(5|500|1|01|0b1|0[xX]10|0o17|017|9|10|1000|1001|1_000|65535)`,
		},
		"a file that a flag names is missing": {
			`--cidfile.no/such/dir(/id)?`, `--device-read-bps=/dev/none:1mb`, `--sysctl net.ipv4.no_such=1`,
			`"?-u 1000 "?--sysctl=(net.no.such|fs.mqueue.nosuch|net.ipv4.ip_forward |net.ipv4.../kernel.panic)=1"?`,
		},
		"`-ti` without a terminal": {
			`-it( -u nobody| env .*)? script .*(true|fi|>&2|wc -l)`, `-t -i script cat`, `-it(w/tmp|eA=1| --rm) .*`,
		},
		"usage errors":                                    {`docker`, `docker (run|run -i|nosuch|help nosuch|help run x|version x|ps x|stop)`, `-m x --help`},
		"`/sys`, `/dev`":                                  {` script ls /sys/class/net`},
		"working directory without `--workdir`":           {` script pwd`},
		"`-t` without `-i`":                               {`-t .* terminal`},
		"memory that ran out":                             {`-m 20m .*`},
		"an interpreter (`#!`) or loader that is missing": {` exec \["ODD/(bad-interpreter|crlf)"\]`},
		"a file that the kernel does not execute: no `#!`, an empty one, one for another architecture, a loop of links": {
			` exec \["ODD/(plain|plain-interpreter|half|truncated|empty|loop|script/x)"\]`, `-w ODD -e PATH=ODD(:TOOLS)? exec \["plain"\]`,
		},
		"a file in `PATH` that may not be executed":      {`-w ODD -e PATH=(ODD(:TOOLS)?) exec \["not-executable"\]`},
		"`PATH` with `.` or an empty entry":              {`-w ODD -e PATH=(\.|:|TOOLS:\.) exec \["(script|plain|not-executable)"\]`},
		"`--init` and a command that cannot be executed": {`--init exec \["(\.|\.\.|ODD/(plain|plain-interpreter|truncated|empty|loop|script/x))"\]`},
		"a signal's number or name":                      {`--stop-signal=(\+15|-1|99999999999|RTMIN\+0|RTMIN\+16|RTMAX-0|RTMAX-15)`},
		"SIGABRT, SIGPROF, SIGTTIN, SIGTTOU":             {`(--init)? script exec .* signal 27`, `--init script exec .* signal (6|21|22)`},
		"bytes that are not UTF-8 in arguments":          {`(--init)? exec \["echo" "\\xff\\xfe"\]`},
	}
}
