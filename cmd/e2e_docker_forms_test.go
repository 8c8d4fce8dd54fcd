package cmd_test

import (
	"strconv"
	"strings"
	"syscall"
)

// dockerForms are the ways in which a command line is written, and what surrounds a
// run: the caller's environment, terminals, files that cannot be executed, signals.
func dockerForms() []dockerCase {
	var cases []dockerCase
	const show = "id -u; case $PWD in /|*/TestDocker*) ;; *) pwd ;; esac; env | grep -E '^(A|path)='; if test -t 0; then echo tty; else cat; fi"
	for _, args := range [][]string{
		{"-itw/tmp"}, {"-iw/tmp"}, {"-w/tmp"}, {"-w=/tmp"}, {"-w", "/tmp"}, {"-wi", "/tmp"}, {"-iw", "/tmp"}, {"-iw=/tmp"}, {"-i", "-w/tmp"}, {"-im64m"}, {"-m64m"}, {"-mi"},
		{"-iteA=1"}, {"-ieA=1"}, {"-ie", "A=1"}, {"-ie=A=1"}, {"-eA=1"}, {"-e=A=1"}, {"-epath=1"}, {"-ipath=1"}, {"-e=path=1"}, {"-eA"}, {"-e", "A=1", "-eA=2"}, {"-e=", "-i"},
		{"-uroot"}, {"-unobody"}, {"-u1"}, {"-u=1"}, {"-iu1"}, {"-iu", "1"}, {"-u"}, {"-i", "-u"}, {"-u="}, {"-c512"}, {"-ic512"}, {"-c=512"}, {"-c0x200"}, {"-cfive"}, {"-hbox"}, {"-h=box"}, {"-ihbox"},
		{"-i="}, {"-i=true"}, {"-i=false"}, {"-i=0"}, {"-i=x"}, {"-it=false"}, {"-ti=false"}, {"-ii"}, {"-i", "-i"}, {"-i", "--interactive=false"}, {"-itt=false"},
		{"--interactive=true"}, {"--interactive="}, {"--init", "--init=false"}, {"--init=false", "--init"},
		{"-I"}, {"-W/tmp"}, {"-ix"}, {"-xi"}, {"-i1"}, {"-1"}, {"--1"}, {"-="}, {"--=x"}, {"---"}, {"---i"}, {"-é"}, {"-i-"}, {"-i--"}, {"-w-"}, {"--workdir"}, {"--workdir="}, {"--work=/tmp"}, {"--w=/tmp"}, {"--i"},
		{"--WORKDIR=/tmp"}, {"--workdir /tmp"}, {"-i "}, {"--interactive "}, {"--workdir=/tmp="}, {"--"}, {"-i", "--"}, {"-w", "--"}, {"-w", "-i"}, {"--workdir", "--interactive"},
		{"--workdir=/tmp", "--workdir=/"}, {"-m64m", "-m128m"}, {"-m64m", "-mx"}, {"-mx", "-m64m"}, {"-u1", "-u2"}, {"-u1", "-u="}, {"--cpus=1", "--cpus=0"}, {"--cpus=0.5", "--cpu-shares=512", "--cpu-shares="}, {"--hostname=a", "--hostname=b"},
		{"--cpuset-cpus=0", "--cpuset-cpus="}, {"--stop-signal=TERM", "--stop-signal="}, {"--ulimit=nofile=1", "--ulimit=nofile=100"}, {"--pid=", "--ipc=", "--uts=", "--userns=", "--cgroupns="},
		{"-d", "-x"}, {"-dit", "-x"}, {"-p8080:80", "-x"}, {"--rm"}, {"--rm", "--rm"}, {"--rm=true"}, {"--rm", "--init"}, {"-it", "--rm"}, {"--rm", "-iw/tmp"},
	} {
		cases = append(cases, dockerCase{args: args, script: show, stdin: "word\n"})
	}
	for _, args := range [][]string{
		{"--help"}, {"-i", "--help"}, {"-it", "--help"}, {"--help", "-i"}, {"--help=true"}, {"--help=false"}, {"--help=x"}, {"-x", "--help"}, {"--help", "-x"}, {"-m", "--help"}, {"-m", "x", "--help"}, {"-e", "--help"},
	} {
		cases = append(cases, dockerCase{args: args, stdin: "word\n"})
	}
	for _, args := range [][]string{
		{"--network", "none", "--network", "none"}, {"--network", "host", "--network", "host"}, {"--network", "none", "--network", "host"}, {"--network", "host", "--network", "none"}, {"--net", "none", "--network", "host"},
		{"--network="}, {"--network", "none", "--network="}, {"--net=host", "--hostname=x"}, {"--network", "nosuch", "--network", "none"},
	} {
		cases = append(cases, dockerCase{args: args, script: "ls /proc/sys/net/ipv4/conf | head -2"})
	}
	for _, command := range [][]string{
		{""}, {" "}, {"no-such"}, {"/no/such"}, {"./no-such"}, {"no/such"}, {"."}, {".."}, {"/"}, {"/tmp"}, {"-x"}, {"--"}, {"--", "true"}, {"-"}, {"--help"}, {"sh", "--help"},
		{"true", ""}, {"echo", "", " ", "a b", "-i", "--", "--help"}, {"echo", "a\nb", "\t", "'", "\"", "\\", "$HOME", "*"}, {"echo", "\xff\xfe"},
		{"ODD/plain"}, {"ODD/bad-interpreter"}, {"ODD/crlf"}, {"ODD/script", "a", "b c"}, {"ODD/plain-interpreter"}, {"ODD/half"}, {"ODD/truncated"}, {"ODD/empty"}, {"ODD/dir"}, {"ODD/not-executable"}, {"ODD/dangling"}, {"ODD/loop"}, {"ODD/link", "x"}, {"ODD/fifo"}, {"ODD/only-root"}, {"ODD/script/x"}, {"ODD/dir/"},
		{"/etc/passwd"}, {"/dev/null"}, {"sh"}, {"sh", "-c", "exit 0"}, {"sh", "-c", "exit 125"}, {"sh", "-c", "exit 126"}, {"sh", "-c", "exit 127"}, {"sh", "-c", "exit 124"}, {"sh", "-c", "exit 255"}, {"sh", "-c", "exit 256"}, {"sh", "-c", "exit 130"},
		{"sh", "-c", "nosuchcommand"}, {"script"}, {"plain"},
	} {
		cases = append(cases, dockerCase{command: command, stdin: "word\n"})
		cases = append(cases, dockerCase{flags: "--init", command: command, stdin: "word\n"})
	}
	for _, command := range [][]string{{"ODD/only-root"}, {"ODD/script"}, {"script"}, {"ODD/dir"}, {"no-such"}} {
		cases = append(cases, dockerCase{flags: "-u 1000", command: command})
	}
	// What PATH holds, which is the caller's here and the image's there.
	for _, path := range []string{".", ":", "/no/such", "/no/such:TOOLS", "ODD", "ODD:TOOLS", "ODD/dir:ODD/script:TOOLS", "TOOLS:."} {
		for _, command := range []string{"script", "plain", "not-executable", "dir", "true"} {
			cases = append(cases, dockerCase{flags: "-w ODD -e PATH=" + path, command: []string{command}})
		}
	}
	const showTerminal = `echo "TERM=${TERM-none} HOME=${HOME-none} USER=${USER-none}"; for fd in 0 1 2; do test -t $fd && echo tty || echo none; done; true`
	for _, flags := range []string{"", "-i", "-t", "-it"} {
		for _, terminal := range []bool{false, true} {
			cases = append(cases, dockerCase{flags: flags, terminal: terminal, script: showTerminal})
			for _, environ := range []string{"TERM=vt100", "TERM=", "HOME=/home/caller", "HOME=", "HOSTNAME=caller", "USER=caller SHELL=/bin/caller PWD=/nowhere OLDPWD=/old"} {
				if flags != "-i" { // it is as without flags
					cases = append(cases, dockerCase{flags: flags, environ: strings.Fields(environ), terminal: terminal, script: showTerminal})
				}
			}
		}
		cases = append(cases,
			dockerCase{flags: flags, script: "if test -t 0; then echo tty; else cat; echo end; cat; fi", stdin: "word\n"},
			dockerCase{flags: flags, script: "echo out; echo err >&2"},
			dockerCase{flags: flags + " -u nobody", script: "echo x >/dev/stdout; echo y >/dev/stderr; ls -l /proc/self/fd/0 | wc -l"},
		)
	}
	cases = append(cases,
		dockerCase{flags: "-it", terminal: true, script: "echo out; echo err >&2; echo out"},
		dockerCase{flags: "-it", terminal: true, script: "tty >/dev/null && stty -a 2>/dev/null | grep -o -E '.?(echo|icanon|isig|opost|onlcr|icrnl) '"},
	)
	for _, flags := range []string{"", "-i"} {
		// Not "<&-" nor "2>&-": with these Docker's client hangs now and then.
		for _, redirect := range []string{"</dev/null", "</", ">/dev/null", "2>/dev/null", ">out", ">>there"} {
			cases = append(cases, dockerCase{flags: flags, redirect: redirect, stdin: "word\n", script: "cat; echo out; echo err >&2; test -e /proc/self/fd/3 && echo more"})
		}
	}
	for _, script := range []string{
		"sleep 100 & exit 3", "kill -9 -1; exit 4", "(exit 5) & wait $!", "sh -c 'kill -KILL $PPID; sleep 0.1; echo lives'", "exec sh -c 'exit 6'", "setsid sleep 100 >/dev/null 2>&1 & exit 0",
		"head -c 300000 /dev/zero | tr '\\0' x", "head -c 300000 /dev/zero | tr '\\0' x >&2", "printf 'no newline'", "printf '\\000\\001\\377' | od -c", "cat /proc/self/comm; test -d /proc/1 && echo first",
		"grep -E '^(Sig(Blk|Ign|Pnd)|ShdPnd)' /proc/self/status", "awk '{ print $7, $19 }' /proc/self/stat", "cat /proc/sys/kernel/hostname | wc -l; cat /proc/sys/kernel/domainname /proc/sys/kernel/msgmax",
		"cat /proc/self/timerslack_ns /proc/self/personality", "nice; ls -l /proc/self/fd | wc -l", "cat /proc/net/route /proc/net/if_inet6 | wc -l; ifconfig lo | grep -o -E 'inet addr:[0-9.]+|UP|MTU:[0-9]+'",
		"cat /proc/self/uid_map /proc/self/gid_map",
	} {
		for _, flags := range []string{"", "--init", "-u 1000"} {
			cases = append(cases, dockerCase{flags: flags, script: script})
		}
	}
	const showAll = cgroupFile + "id -u; id -G; case $PWD in /|*/TestDocker*) ;; *) pwd ;; esac; env | grep -E '^(A|B|b|HOME|PATH|HOSTNAME=[xy])='; ulimit -n; cat /proc/self/oom_score_adj /proc/sys/kernel/msgmax;" +
		"file memory memory.limit_in_bytes memory.max; file memory memory.memsw.limit_in_bytes memory.swap.max; file memory memory.soft_limit_in_bytes memory.low;" +
		"file cpu cpu.cfs_quota_us cpu.max; file cpu cpu.cfs_period_us cpu.max; file cpu cpu.shares cpu.weight; file cpuset cpuset.cpus cpuset.cpus"
	for _, flags := range []string{
		"--uts host -h x", "--uts host --domainname x", "--network host -h x", "--network host --domainname x", "--ipc host --sysctl kernel.msgmax=1000", "--network host --sysctl net.ipv4.ip_forward=1",
		"--pid host --init", "--cpus 1 --cpu-period 50000", "--cpus 0 --cpu-period 50000 --cpu-quota 25000", "--cpus 0 --cpu-quota 1000", "--cpus 1 --cpus 0 --cpu-quota 1000", "--cpus 1.5 --cpuset-cpus 0",
		"-m 64m --memory-swap 128m --memory-reservation 32m", "-m 0 --memory-swap 64m", "-m 64m -m 0", "-m 0 -m 64m", "--memory-swap -1", "--memory-swap 0", "-m 64m --memory-swap 64m --memory-reservation 64m", "-m 64m --memory-reservation 0",
		"--cpu-period 50000", "--cpu-quota 1000 --cpu-period 1000", "--cpu-quota 0 --cpu-period 0", "--cpu-quota -1 --cpu-period 50000", "--cpu-quota 5000 --cpu-quota 0",
		"--ulimit nofile=100 --ulimit nofile=200", "--ulimit nofile=100 --ulimit core=0", "-u 1000 --ulimit nofile=100", "--group-add 7 --group-add 7", "-u 1000:7 --group-add 8 --group-add oddgroup", "-u odd:mail --group-add oddgroup",
		"-e HOSTNAME=x -h y", "-h y -e HOSTNAME", "-h y", "-e HOME=/x -u odd", "-e HOME -u odd", "-e PATH=", "-e PATH", "-e A -e A=1 -e A", "-e A=1 -e A", "--env-file plain.env --env-file twice.env", "--env-file twice.env --env-file plain.env", "-e A=0 --env-file plain.env",
		"-w /tmp -w /etc", "-w /tmp -e PWD=/x", "-w /tmp -u 1000", "--name aa-x --name bb-x", "--cidfile c1 --cidfile c2", "--cidfile c1 --name cc-x", "--oom-score-adj 100 --oom-score-adj -5", "--sysctl kernel.msgmax=1000 --sysctl kernel.msgmax=2000",
		"--stop-signal KILL --init", "--init --name dd-x -i -w /tmp -u 1 -e A=1 -m 64m", "--cgroupns host", "--cgroupns private", "--pid host --ipc host --uts host", "--userns host -u 1000", "--ipc private --cgroupns private", "--ipc= --pid= --uts= --cgroupns= --userns=",
	} {
		cases = append(cases, dockerCase{flags: flags, script: showAll})
	}
	for _, whole := range []string{
		"", "--help", "help", "help run", "help nosuch", "run", "run --help", "run -i", "run --nosuch", "run --cpus x", "version", "--version", "-v", "nosuch", "--nosuch", "nosuch --help",
		"ps x", "stop", "version x", "run -m", "help run x",
	} {
		cases = append(cases, dockerCase{whole: strings.Fields(whole)})
	}
	for _, user := range []string{"", "-u 0", "-u odd", "-u 1000", "-u nohome", "-u noshell", "-u 3007", "-u twice", "-u 3022", "-u :mail"} {
		for _, environ := range [][]string{nil, {"HOME=/home/caller"}} {
			cases = append(cases, dockerCase{flags: user, environ: environ, script: "echo $HOME"})
		}
	}
	for _, user := range []string{"", "-u 1000"} {
		cases = append(cases,
			dockerCase{flags: user, script: "nc -l -p 80 & nc=$!; sleep 0.2; kill $nc && echo bound"},
			dockerCase{flags: user, script: "ping -c 1 127.0.0.1 >/dev/null 2>&1 && echo up; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range"},
			dockerCase{flags: user + " --network host", script: "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range"},
		)
	}
	for _, signal := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGALRM, syscall.SIGWINCH, syscall.SIGPIPE, syscall.SIGABRT, syscall.SIGCONT, syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGIO, syscall.SIGPWR, syscall.SIGXCPU, syscall.SIGVTALRM, syscall.SIGPROF, 34, 40, 64} {
		name := strconv.Itoa(int(signal))
		for _, flags := range []string{"", "--init"} {
			cases = append(cases, dockerCase{flags: flags, signal: signal, script: "exec 2>/dev/null; trap 'echo got; exit 3' " + name + "; echo ready; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.1; done; echo none"})
		}
		cases = append(cases, dockerCase{script: "trap 'echo got; exit 3' " + name + "; kill -" + name + " $$; sleep 0.1; echo none"})
		cases = append(cases, dockerCase{script: "sh -c 'kill -" + name + " $$; sleep 0.1; echo lives'; echo $?"})
	}
	return cases
}
