package cmd_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// What scripts/docker-daemon.sh tells of its daemon: the client, an image that has
// only busybox's programs, and the directory where that and this machine have them.
const (
	dockerVar = "DOCKER"
	imageVar  = "IMAGE"
	toolsVar  = "TOOLS"
)

// dockerCase is a run that Docker and mydocker do alike, but for what
// docs/differences.md says.
type dockerCase struct {
	flags    string // for both, separated by spaces
	script   string // for the shell inside; without one "true"
	stdin    string
	accepted string // the row of docs/differences.md that says why they differ
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
	showEnv    = "env | grep -v -E '^(HOSTNAME|HOME|SHLVL|PWD|OLDPWD|_)=' | grep -v ^FROM_CALLER=caller$ | sort"
	showFDs    = "for fd in 0 1 2; do test -t $fd && echo tty || echo none; done; ls /proc/$$/fd"
)

// The accepted differences, by the first cell of their rows.
const (
	diffMemory   = "smallest memory limit and reservation"
	diffHostname = "host name"
	diffOOM      = "memory that ran out"
	diffUmask    = "umask"
	diffSys      = "`/sys`, `/dev`"
	diffEnv      = "environment"
	diffCgroups  = "cgroups"
	// Without -w.
	diffDefaultDir = "working directory without `--workdir`"
	diffTTY        = "`-ti` without a terminal"
	diffWorkdir    = "working directory"
	diffSlashes    = "`--sysctl` with slashes"
	diffCPUs       = "`--cpus`"
	diffNoFile     = "a file that a flag names is missing"
	diffMissing    = "a limit that the kernel has no file for (swap that is not counted, a weight of block I/O without BFQ)"
)

var dockerCases = []dockerCase{
	// The exit status, arguments, streams.
	{script: "exit 7"},
	{script: "kill -KILL $$", accepted: ""},
	{script: "sleep 1 & kill -TERM $!; wait $!"},
	{script: "echo out; echo err >&2; printf '[%s]' 'a b' ''"},
	{script: "cat; " + showFDs, stdin: "word\n"},
	{flags: "-i", script: "cat; " + showFDs, stdin: "word\n"},
	{flags: "-t", script: "test -t 0 && test -t 1 && test -t 2 && echo tty", accepted: diffTTY},
	{flags: "-t -i", script: "cat", stdin: "word\n", accepted: diffTTY},
	{script: "kill -TERM $$; echo survived"},
	{flags: "--init", script: "kill -TERM $$; echo survived"},
	{script: "umask", accepted: diffUmask},
	{script: "hostname | wc -c", accepted: diffHostname},
	{script: "cat /proc/self/oom_score_adj; ulimit -c; ulimit -s; echo $$ $PPID"},
	{script: "awk 'NR > 2 { print $1 }' /proc/net/dev; ping -c 1 127.0.0.1 >/dev/null && echo up"},
	{script: "ls /sys/class/net", accepted: diffSys},
	{script: "pwd", accepted: diffDefaultDir},
	{script: "env", accepted: diffEnv},

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
	{flags: "-w /no-such/dir", script: "pwd", accepted: diffWorkdir},
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
	{flags: "--sysctl net.ipv4.no_such=1", accepted: diffNoFile},
	{flags: "--sysctl net/ipv4/ip_forward=1", script: "cat /proc/sys/net/ipv4/ip_forward", accepted: diffSlashes},

	// Limits.
	{script: showMemory + ";" + showCPU + ";" + showCPUSet},
	{script: showPids, accepted: diffCgroups},
	{flags: "-m 64m", script: showMemory},
	{flags: "-m 64m --memory-swap 64m", script: showMemory},
	{flags: "-m 64m --memory-swap 100m", script: showMemory},
	{flags: "-m 64m --memory-swap -1", script: showMemory},
	{flags: "-m 64m --memory-swap 0", script: showMemory},
	{flags: "-m 64m --memory-swap 32m"},
	{flags: "-m 64m --memory-reservation 32m", script: showMemory},
	{flags: "-m 64m --memory-reservation 128m"},
	{flags: "--memory-swap 64m", accepted: ""},
	{flags: "-m 3m", script: "true", accepted: diffMemory},
	{flags: "-m 1m"},
	{flags: "-m 64x"},
	{flags: "-m -1", accepted: ""},
	{flags: "-m 20m", script: "x=$(tail /dev/zero)", accepted: diffOOM},
	{flags: "-c 256", script: showCPU},
	{flags: "--cpu-shares 1", script: showCPU},
	{flags: "--cpus 0.5", script: showCPU},
	{flags: "--cpus 1.5", script: showCPU},
	{flags: "--cpus 1/2", script: "true", accepted: diffCPUs},
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
	{flags: "--pids-limit -1", script: showPids, accepted: diffCgroups},
	{flags: "--pids-limit 0", script: showPids, accepted: diffCgroups},
	{flags: "--pids-limit 5", script: "for i in 1 2 3 4 5 6 7 8; do sleep 0.1 & done 2>/dev/null; wait"},
	{flags: "--blkio-weight 5", accepted: diffMissing},
	{flags: "--blkio-weight 500", accepted: diffMissing},
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
	{flags: "--cidfile no/such/dir/id", accepted: diffNoFile},
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

// TestDocker runs each case with both and compares the status, what the command
// printed, and that a refusal is told. It knows the differences that are accepted,
// and fails on any other and on one that is gone.
func TestDocker(t *testing.T) {
	if os.Getenv(dockerVar) == "" {
		t.Skip("make test-docker runs it")
	}
	lab := newDockerLab(t)
	for _, c := range dockerCases {
		name := c.flags
		if name == "" {
			name = strings.TrimPrefix(c.script, cgroupFile)
		}
		t.Run(name, func(t *testing.T) { lab.compare(t, c) })
	}
}

// dockerLab is where both run.
type dockerLab struct {
	binary string
	dir    string // of the files that flags name
	rows   string // docs/differences.md
}

func newDockerLab(t *testing.T) *dockerLab {
	lab := &dockerLab{binary: buildBinary(t) + "/mydocker", dir: t.TempDir()}
	for name, content := range map[string]string{
		"env.list": "# comment\nFILE=1\n\nFROM_CALLER\nNOT_THERE\nQUOTED=\"a b\"\n  INDENTED=2\n",
		"env.bad":  "A B=1\n",
		"there":    "id",
	} {
		if err := os.WriteFile(lab.dir+"/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := os.ReadFile("../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	lab.rows = string(rows)
	return lab
}

func (lab *dockerLab) compare(t *testing.T, c dockerCase) {
	// Docker has no limits of its own, and its umask is not the caller's.
	ours := lab.run(t, c, lab.binary, "run", "-m", "0", "--cpuset-cpus", "all", "--cpu-shares", "0")
	docker := []string{os.Getenv(dockerVar), "run", "--rm"}
	if !strings.Contains(c.flags, "--network") {
		docker = append(docker, "--network", "none")
	}
	theirs := lab.run(t, c, docker...)
	same := ours == theirs
	switch {
	case c.accepted == "" && !same:
		t.Errorf("mydocker: %+v\nDocker:   %+v", ours, theirs)
	case c.accepted != "" && same:
		t.Errorf("both: %+v; the difference %q is gone", ours, c.accepted)
	case c.accepted != "" && !strings.Contains(lab.rows, "\n| "+c.accepted+" |"):
		t.Errorf("docs/differences.md has no row %q", c.accepted)
	}
}

// outcome is what a caller sees of a run.
type outcome struct {
	status         int
	stdout, stderr string
}

const refused = "(one that says why it was refused)"

func (lab *dockerLab) run(t *testing.T, c dockerCase, command ...string) outcome {
	t.Helper()
	args := append(command[1:], strings.Fields(c.flags)...)
	if command[0] != lab.binary {
		args = append(args, os.Getenv(imageVar))
	}
	script := c.script
	if script == "" {
		script = "true"
	}
	args = append(args, "sh", "-c", script)
	cmd := exec.Command("sh", append([]string{"-c", `umask 027; exec "$@"`, "sh", command[0]}, args...)...)
	cmd.Dir = lab.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv(toolsVar), "FROM_CALLER=caller",
	}
	if command[0] != lab.binary {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+os.Getenv("DOCKER_HOST"), "DOCKER_CONFIG="+os.Getenv("DOCKER_CONFIG"))
	}
	cmd.Stdin = strings.NewReader(c.stdin)
	cmd.WaitDelay = patience
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }) // seen in its status
	err := cmd.Run()
	timer.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if o.status >= 125 && o.status <= 127 && o.stderr != "" {
		t.Logf("%s: %s", command[0], o.stderr)
		o.stderr = refused
	}
	return o
}
