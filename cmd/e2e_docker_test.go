package cmd_test

import "syscall"

// What scripts/docker-daemon.sh tells of its daemon: the client, an image that has
// only busybox's programs, and the directory where that and this machine have them.
const (
	dockerVar = "DOCKER"
	imageVar  = "IMAGE"
	toolsVar  = "TOOLS"
	// CGROUPS is a cgroup, from the top of the hierarchies, that is removed in the end.
	cgroupsVar = "CGROUPS"
	oddVar     = "ODD" // a directory in both, of files that are hard to execute
)

// dockerCase is a run that Docker and mydocker do alike, but for what
// docs/differences.md says.
type dockerCase struct {
	flags    string         // for both, separated by spaces
	args     []string       // behind these, as they are
	command  []string       // in which "ODD" stands for the directory, instead of
	script   string         // for the shell inside; without one "true"
	terminal bool           // stdin, stdout and stderr are one
	signal   syscall.Signal // that is sent when the command has printed "ready"
	redirect string         // of the client's streams, as the shell has it
	environ  []string       // of the caller's, beside FROM_CALLER
	whole    []string       // all arguments, instead of a run
	table    bool           // it is of a table, where the script has no part in the name
	stdin    string
}

// cgroupFile prints a file of the container's own cgroup, as v1 or v2 has it.
const cgroupFile = `file() {
	path=$(awk -F: -v c="$1" '$2 == c || !c && $2 == "" { print $3 }' /proc/self/cgroup)
	for f in "/sys/fs/cgroup/$1$path/$2" "/sys/fs/cgroup/$1/$2" "/sys/fs/cgroup$path/$3" "/sys/fs/cgroup/$3"; do
		[ ! -e "$f" ] || { cat "$f"; return; }
	done
	echo none
}
`

// The limits as the kernel has them.
const (
	showMemory = cgroupFile + "file memory memory.limit_in_bytes memory.max; file memory memory.memsw.limit_in_bytes memory.swap.max; file memory memory.soft_limit_in_bytes memory.low"
	showCPU    = cgroupFile + "file cpu cpu.cfs_quota_us cpu.max; file cpu cpu.cfs_period_us cpu.max; file cpu cpu.shares cpu.weight"
	showCPUSet = cgroupFile + "file cpuset cpuset.cpus cpuset.cpus; file cpuset cpuset.mems cpuset.mems"
	showPids   = cgroupFile + "file pids pids.max pids.max"
	showIDs    = "id -u; id -g; id -G; grep -E '^(Uid|Gid|Groups):' /proc/self/status"
	showEnv    = "env | grep -v -E '^(HOSTNAME|HOME|SHLVL|PWD|OLDPWD|_)=' | grep -v -x -e FROM_CALLER=caller -e MYDOCKER_CPUSET=all | sort"
	showFDs    = "for fd in 0 1 2; do test -t $fd && echo tty || echo none; done; ls /proc/$$/fd"
)

var dockerCases = []dockerCase{
	// The exit status, arguments, streams.
	{script: "exit 7"},
	{script: "kill -KILL $$"},
	{script: "sleep 1 & kill -TERM $!; wait $!"},
	{script: "echo out; echo err >&2; printf '[%s]' 'a b' ''"},
	{script: "cat; " + showFDs, stdin: "word\n"},
	{flags: "-i", script: "cat; " + showFDs, stdin: "word\n"},
	{flags: "-t", script: "test -t 0 && test -t 1 && test -t 2 && echo tty"},
	{flags: "-t -i", script: "cat", stdin: "word\n"},
	{script: "kill -TERM $$; echo survived"},
	{flags: "--init", script: "kill -TERM $$; echo survived"},
	{script: "umask"},
	{script: "hostname | wc -c"},
	{script: "cat /proc/self/oom_score_adj; ulimit -c; ulimit -s; echo $$ $PPID"},
	{script: "awk 'NR > 2 { print $1 }' /proc/net/dev; ping -c 1 127.0.0.1 >/dev/null && echo up"},
	{script: "ls /sys/class/net"},
	{script: "pwd"},
	{script: "env"},

	// Who and where it is.
	{flags: "--hostname box", script: "hostname; echo $HOSTNAME"},
	{flags: "-h box --domainname example", script: "hostname; cat /proc/sys/kernel/domainname"},
	{flags: "--hostname -box"},
	{flags: "-u 1000", script: showIDs},
	{flags: "-u 1000:2000", script: showIDs},
	{flags: "-u nobody", script: showIDs + "; echo $HOME"},
	{flags: "--user daemon:mail", script: showIDs},
	{flags: "-u 1000 --group-add 7 --group-add mail", script: showIDs},
	{flags: "--group-add 7", script: "id -G"},
	{flags: "-u no-such-user"},
	{flags: "-u 0:no-such-group"},
	{flags: "--group-add no-such-group"},
	{flags: "-u 4294967296"},
	{flags: "-u -1"},
	{flags: "-w /tmp", script: "pwd; echo $PWD"},
	{flags: "-w /tmp/../tmp/", script: "pwd"},
	{flags: "-w tmp"},
	{flags: "-w /no-such/dir", script: "pwd"},
	{flags: "-e A=1 -e B= -e A=2", script: showEnv},
	{flags: "-e FROM_CALLER -e NOT_THERE", script: "echo $FROM_CALLER ${NOT_THERE-none}"},
	{flags: "-e A=b=c,d", script: showEnv},
	{flags: "-e =x"},
	{flags: "--env-file env.list", script: showEnv},
	{flags: "--env-file env.list -e FILE=flag", script: showEnv},
	{flags: "--env-file env.bad"},
	{flags: "--env-file env.none"},
	{flags: "--oom-score-adj 300", script: "cat /proc/self/oom_score_adj"},
	{flags: "--oom-score-adj -400", script: "cat /proc/self/oom_score_adj"},
	{flags: "--oom-score-adj 1001"},
	{flags: "--ulimit nofile=100:200", script: "ulimit -Sn; ulimit -Hn"},
	{flags: "--ulimit nofile=100", script: "ulimit -Sn; ulimit -Hn"},
	{flags: "--ulimit core=-1 --ulimit cpu=3", script: "ulimit -c; ulimit -t"},
	{flags: "--ulimit nofile=200:100"},
	{flags: "--ulimit nosuch=1"},
	{flags: "--ulimit nofile=x"},
	{flags: "--sysctl net.ipv4.ip_forward=1", script: "cat /proc/sys/net/ipv4/ip_forward"},
	{flags: "--sysctl kernel.msgmax=1000 --sysctl fs.mqueue.msg_max=20", script: "cat /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max"},
	{flags: "--sysctl kernel.panic=1"},
	{flags: "--sysctl net.ipv4.no_such=1"},
	{flags: "--sysctl net/ipv4/ip_forward=1", script: "cat /proc/sys/net/ipv4/ip_forward"},

	// Limits.
	{script: showMemory + ";" + showCPU + ";" + showCPUSet},
	{script: showPids},
	{flags: "-m 64m", script: showMemory},
	{flags: "-m 64m --memory-swap 64m", script: showMemory},
	{flags: "-m 64m --memory-swap 100m", script: showMemory},
	{flags: "-m 64m --memory-swap -1", script: showMemory},
	{flags: "-m 64m --memory-swap 0", script: showMemory},
	{flags: "-m 64m --memory-swap 32m"},
	{flags: "-m 64m --memory-reservation 32m", script: showMemory},
	{flags: "-m 64m --memory-reservation 128m"},
	{flags: "--memory-swap 64m"},
	{flags: "-m 3m", script: "true"},
	{flags: "-m 1m"},
	{flags: "-m 64x"},
	{flags: "-m -1"},
	{flags: "-m 20m", script: "x=$(tail /dev/zero)"},
	{flags: "-c 256", script: showCPU},
	{flags: "--cpu-shares 1", script: showCPU},
	{flags: "--cpus 0.5", script: showCPU},
	{flags: "--cpus 1.5", script: showCPU},
	{flags: "--cpus 1/2", script: "true"},
	{flags: "--cpus 99"},
	{flags: "--cpus 0.001"},
	{flags: "--cpus x"},
	{flags: "--cpus 1 --cpu-quota 50000"},
	{flags: "--cpu-period 50000 --cpu-quota 25000", script: showCPU},
	{flags: "--cpu-quota 25000", script: showCPU},
	{flags: "--cpu-quota -1", script: showCPU},
	{flags: "--cpu-quota 500"},
	{flags: "--cpu-period 999"},
	{flags: "--cpuset-cpus 0", script: showCPUSet},
	{flags: "--cpuset-cpus 0,1", script: showCPUSet},
	{flags: "--cpuset-cpus 99"},
	{flags: "--cpuset-cpus x"},
	{flags: "--cpuset-mems 0", script: showCPUSet},
	{flags: "--cpuset-mems 99"},
	{flags: "--pids-limit 20", script: showPids},
	{flags: "--pids-limit -1", script: showPids},
	{flags: "--pids-limit 0", script: showPids},
	{flags: "--pids-limit 5", script: "for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done 2>/dev/null; wait"},
	{flags: "--blkio-weight 5"},
	{flags: "--blkio-weight 500"},
	{flags: "--device-read-bps /no/such:1mb"},
	{flags: "--device-read-bps nonsense"},

	// Its life.
	{flags: "--init", script: "exit 3"},
	{flags: "--init", script: "sh -c 'kill -KILL $$'; echo $?; test $$ -ne 1 && echo $PPID"},
	{flags: "--init", script: showFDs},
	{flags: "--name web-1.2_x"},
	{flags: "--name /web"},
	{flags: "--name x"},
	{flags: "--name a/b"},
	{flags: "--name _web"},
	{flags: "--cidfile there"},
	{flags: "--cidfile no/such/dir/id"},
	{flags: "--stop-signal TERM"},
	{flags: "--stop-signal 15"},
	{flags: "--stop-signal NOSUCH"},
	{flags: "--network host", script: "test -e /proc/sys/net/ipv4 && ls /sys/class/net | head -1"},
	{flags: "--network nosuch"},
	{flags: "--pid host", script: "test $$ -ne 1 && echo host"},
	{flags: "--pid nosuch"},
	{flags: "--ipc host", script: "readlink /proc/self/ns/ipc"},
	{flags: "--uts host", script: "readlink /proc/self/ns/uts"},
	{flags: "--uts host --hostname box"},
	{flags: "--userns host", script: "readlink /proc/self/ns/user"},
	{flags: "--cgroupns host", script: "readlink /proc/self/ns/cgroup"},
	{flags: "--no-such-flag"},
}
