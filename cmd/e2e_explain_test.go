package cmd_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// explained is a line of --explain=json.
type explained struct {
	Number                                       int
	Side, Step, Without, Kernel, Why, Shell, Use string
}

// TestExplainIsTrue compares what --explain tells with what strace sees: each call
// that is told was made, with these arguments, and each that makes something of the
// container was told: all that init does between its birth and the command, and of
// mydocker's what is in makes.
func TestExplainIsTrue(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is missing: apt-get install strace")
	}
	bin := buildBinary(t)
	parent := fmt.Sprintf("/mydocker-test-%d-explain", os.Getpid())
	sets := []string{
		"", "--uidmap 0:0:65536 --cgroupns private --init -h box --domainname d --sysctl net.ipv4.ip_forward=1 --ulimit nofile=100:200 --ulimit core=0 -w / --umask 027 -u 1000:100 --group-add 101 --oom-score-adj 100 --pids-limit 50 --name box --cidfile ID --pidfile PID",
		"-ti --timeout 1m -u 1000", "--report /dev/null --cpus 1 --memory-reservation 32m --cpu-time 1m -i", "-m 0 --cpuset-cpus all --cpu-shares 0", "--uidmap 0:0:65536 -t --init", "--cgroupns private",
		"--network host --pid host --ipc host --uts host", "--cap-drop ALL --cap-add net_raw --security-opt no-new-privileges -u 1000", "--security-opt seccomp=default --cap-drop sys_admin -u 1000",
	}
	if testing.Short() { // an emulated CPU takes half a minute for each
		sets = sets[:2]
	}
	for _, flags := range sets {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			flags = strings.NewReplacer("ID", dir+"/id", "PID", dir+"/pid").Replace(flags)
			command := append([]string{bin + "/mydocker", "run", "--explain=json", "--cgroup-parent", parent}, strings.Fields(flags)...)
			compareExplained(t, dir, nil, command)
		})
	}
	t.Run("an ordinary user", func(t *testing.T) {
		dir := t.TempDir()
		for path, mode := range map[string]os.FileMode{dir: 0o777, filepath.Dir(dir): 0o755} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
		as := strings.Fields("setpriv --reuid 65534 --regid 65534 --clear-groups")
		compareExplained(t, dir, as, []string{bin + "/mydocker", "run", "--explain=json", "-m", "0", "--cpuset-cpus", "all", "--cpu-shares", "0"})
	})
}

// compareExplained runs a command of mydocker's as somebody, and holds what it tells
// against what is done.
func compareExplained(t *testing.T, dir string, as, command []string) {
	t.Helper()
	told, calls := explainTraced(t, dir, as, command)
	if len(told) < 20 || len(calls) < 100 {
		t.Fatalf("only %d calls are told, and %d in the trace: has its form changed?", len(told), len(calls))
	}
	for _, call := range told {
		if !slices.ContainsFunc(calls, func(c tracedCall) bool { return call.matches(&c) }) {
			t.Errorf("explained, but never done: %s", call.text)
		}
	}
	for _, c := range calls {
		if c.makes() && !slices.ContainsFunc(told, func(call toldCall) bool { return call.matches(&c) }) {
			t.Errorf("not explained: %s", c.forms[0])
		}
	}
}

// explainTraced runs a command of mydocker's with --explain=json under strace(1), on
// a terminal.
func explainTraced(t *testing.T, dir string, as, command []string) (told []toldCall, calls []tracedCall) {
	t.Helper()
	trace, output := filepath.Join(dir, "trace"), filepath.Join(dir, "output")
	words := slices.Concat([]string{"exec"}, as, []string{"strace", "-f", "-y", "-s", "1000", "-e", "'signal=none'", "-e", "'trace=!futex,mmap,munmap,madvise,nanosleep'", "-o", trace}, command)
	script := exec.Command("script", "-qec", strings.Join(words, " ")+" true 2>"+output, "/dev/null")
	script.Env = append(os.Environ(), "SHELL=/bin/sh")
	if printed, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, printed, contentOf(t, output))
	}
	return toldCalls(t, contentOf(t, output)), tracedCalls(contentOf(t, trace))
}

func contentOf(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// toldCall is a call that --explain tells of: what it says, and what strace has to
// have printed. Where it says "..." it leaves something out.
type toldCall struct {
	text    string
	pattern *regexp.Regexp
}

func (c *toldCall) matches(done *tracedCall) bool {
	return slices.ContainsFunc(done.forms, c.pattern.MatchString)
}

// toldCalls are the calls that --explain=json tells of. It checks that each line
// says everything.
func toldCalls(t *testing.T, output string) []toldCall {
	var calls []toldCall
	last := 0
	for line := range strings.Lines(output) {
		var e explained
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Number < last || e.Number > last+1 || e.Side == "" || e.Step == "" || e.Kernel == "" || e.Why == "" || e.Without == "" {
			t.Errorf("after number %d: %s", last, line)
		}
		last = e.Number
		calls = append(calls, newToldCall(e.Kernel))
	}
	return calls
}

func newToldCall(kernel string) toldCall {
	text := sortFlags(kernel)
	text = regexp.MustCompile(`, cgroup=[^,)]*`).ReplaceAllString(text, "") // a number to strace
	text = strings.ReplaceAll(text, "TIMEOUT", "...")
	text = strings.ReplaceAll(text, `..."`, `...`) // of a string the beginning
	pattern := strings.ReplaceAll(regexp.QuoteMeta(text), `\.\.\.`, ".*")
	return toldCall{kernel, regexp.MustCompile("^" + pattern + "$")}
}

// sortFlags sorts the flags that are joined by "|", wherever they stand.
func sortFlags(call string) string {
	return regexp.MustCompile(`[A-Z_0-9]+(\|[A-Z_0-9]+)+`).ReplaceAllStringFunc(call, func(flags string) string {
		list := strings.Split(flags, "|")
		slices.Sort(list)
		return strings.Join(list, "|")
	})
}

// tracedCall is a successful call of a trace. Its forms are the ways in which
// --explain may write it: descriptors by number, and by what they are of.
type tracedCall struct {
	forms []string
	init  bool // it is init's
}

// makes tells whether the call makes something of the container, and so has to be
// told.
func (c *tracedCall) makes() bool {
	if c.init {
		return !bookkeeping.MatchString(c.forms[0])
	}
	return makes(c.forms[1])
}

// bookkeeping is what init does for itself: it asks who and where it is, moves
// descriptors to where the command expects them, talks to mydocker, searches the PATH,
// keeps signals off until it is done, takes back what the Go runtime did to
// mydocker's limits and signals, or is what syscall.ForkExec does.
var bookkeeping = regexp.MustCompile(`^(` + strings.Join([]string{
	`(arch_prctl|brk|close|capget|clock_gettime|dup3|getpid|getppid|getsid|gettid|getuid|open|ppoll|rt_sigreturn|socket|statx)\(`,
	`fcntl\(\d+, F_(GET|DUP)`, `fcntl\(\d+, F_SETFD, 0\)`, `fcntl\(3, F_SETFD, FD_CLOEXEC`, `write\(4`, `execve\("/proc/self/exe"`,
	`prlimit64\(0, RLIMIT_NOFILE, (NULL|\{rlim_cur=\d{4,})`, `rt_sigprocmask\(SIG_(BLOCK, |SETMASK, (\[[A-Z]|~))`, `rt_sigaction\(.*SA_RESTORER`,
	`kill\(1, SIGKILL`, `prctl\(PR_(SET_DUMPABLE|SET_KEEPCAPS|CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR)`,
}, `|`) + `)`)

// makes tells it of mydocker's calls.
func makes(call string) bool {
	switch name, _, _ := strings.Cut(call, "("); name {
	case "mount", "unshare", "setns", "setxattr", "setgroups", "setresgid", "setresuid", "sethostname", "setdomainname", "capset", "umask", "chdir", "timer_create":
		return true
	case "clone", "clone3", "fork":
		return strings.Contains(call, "CLONE_NEW")
	case "mkdir", "rmdir", "flock":
		return strings.Contains(call, `("/sys/fs/cgroup/`)
	case "write":
		return regexp.MustCompile(`^write\("/(sys/fs/cgroup|proc/(sys|self/oom_|\d+/(setgroups|[ug]id_map)))`).MatchString(call)
	case "ioctl":
		return strings.Contains(call, "TCSETS")
	}
	return false
}

// tracedLine is a successful call of a process, and what it returned.
type tracedLine struct{ pid, call, result string }

// tracedCalls are the successful calls of a trace. Of init, which was cloned with new
// namespaces, and of its child below a reaper, they end with the command's execve, or
// where a reaper begins to reap.
func tracedCalls(trace string) []tracedCall {
	lines := linesOf(trace)
	inits := map[string]bool{}
	for _, l := range lines {
		if strings.HasPrefix(l.call, "clone") && (strings.Contains(l.call, "CLONE_NEW") || inits[l.pid]) {
			inits[l.result] = true
		}
	}
	var calls []tracedCall
	over := map[string]bool{}
	for _, l := range lines {
		if over[l.pid] {
			continue
		}
		calls = append(calls, tracedCall{formsOf(l.call), inits[l.pid]})
		isExecve := strings.HasPrefix(l.call, "execve(") && !strings.Contains(l.call, "/proc/self/exe")
		over[l.pid] = inits[l.pid] && (isExecve || strings.HasPrefix(l.call, "clone"))
	}
	return calls
}

// linesOf joins what strace had to print in two lines.
func linesOf(trace string) []tracedLine {
	var lines []tracedLine
	unfinished := map[string]string{}
	for text := range strings.Lines(trace) {
		pid, call, _ := strings.Cut(strings.TrimSpace(text), " ")
		call = strings.TrimSpace(call)
		if begin, is := strings.CutSuffix(call, " <unfinished ...>"); is {
			unfinished[pid] = begin
			continue
		}
		if _, end, is := strings.Cut(call, " resumed>"); is && strings.HasPrefix(call, "<... ") {
			call = unfinished[pid] + end
		}
		if m := succeeded.FindStringSubmatch(call); m != nil {
			lines = append(lines, tracedLine{pid, m[1], m[2]})
		}
	}
	return lines
}

var succeeded = regexp.MustCompile(`^(.*\)) += (\d+)[^=]*$`)

// formsOf writes a call as --explain may.
func formsOf(call string) []string {
	for _, change := range []struct{ what, by string }{
		{`AT_FDCWD<[^>]*>, `, ``}, {`^(mkdir|open|faccess|execve|fchown)at2?\(`, `$1(`}, {`^faccess\(`, `faccessat(`},
		{`^newfstatat\(`, `stat(`}, {`^unlinkat\((.*), AT_REMOVEDIR\)`, `rmdir($1)`}, {`^(unlink|rename)at\(`, `$1(`},
		{`0x[0-9a-f]+, ((?:MS_[A-Z]+\|?)+)`, `"", $1`}, // a type that counts for nothing
		{`^mount\((.*), 0x[0-9a-f]+, (.*), 0x[0-9a-f]+\)`, `mount($1, "", $2, NULL)`},
		{`0x[0-9a-f]+ (/\* \d+ vars?) \*/`, `$1 */`}, {` vars? \*/`, ` vars */`},
		{`/proc/\d+/(mountinfo|cgroup|oom_score_adj|status|sys)`, `/proc/self/$1`},
		{`, 4294967295, `, `, ~0U, `}, {`[A-Z_]+ or (TCSETS)`, `$1`},
		{`^(clone3?)\(.*flags=([A-Z_|]+).*\)$`, `$1($2)`}, {`\bCLONE_(VM|VFORK)\|?`, ``}, {`\|?SIGCHLD\)`, `)`}, {`^clone3?\(\)`, `fork()`},
		{`0x[0-9a-f]+, (WEXITED)`, `NULL, $1`},
	} {
		call = regexp.MustCompile(change.what).ReplaceAllString(call, change.by)
	}
	call = sortFlags(call)
	byName := regexp.MustCompile(`\d+<(pipe|socket)(?::\[\d+\])>`).ReplaceAllString(call, "$1")
	byName = regexp.MustCompile(`\d+<(/[^>]*)>`).ReplaceAllString(byName, `"$1"`)
	return []string{regexp.MustCompile(`(\d+)<[^>]*>`).ReplaceAllString(call, "$1"), byName, withoutLength(byName)}
}

// withoutLength leaves out how many bytes are written.
func withoutLength(call string) string {
	return regexp.MustCompile(`^(write\(.*"), \d+\)$`).ReplaceAllString(call, "$1)")
}

// What --explain marks with $ may be typed as it is: all of it in a row ends well in a
// shell, which is still there afterwards, and leaves nothing. What is marked with in$
// does so in a shell with namespaces of its own.
func TestExplainedCommands(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	bin := buildBinary(t)
	parent := fmt.Sprintf("/mydocker-test-%d-typed", os.Getpid())
	for _, flags := range []string{"", "-h box --domainname d --sysctl net.ipv4.ip_forward=1 -w / --umask 027 -u 1000 --oom-score-adj 100 --timeout 1m --cpu-time 1m --init"} {
		words := append([]string{"run", "--explain=json", "--cgroup-parent", parent}, strings.Fields(flags)...)
		output, err := exec.Command(bin+"/mydocker", append(words, "true")...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		asIs, inContainer := "set -e\n", "set -e\n"
		for line := range strings.Lines(string(output)) {
			var e explained
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			switch e.Use {
			case "as-is":
				asIs += e.Shell + "\n"
			case "in-container":
				inContainer += e.Shell + "\n"
			}
		}
		if strings.Contains(asIs, "/proc/sys/") {
			t.Fatalf("typed as it is, this changes the host:\n%s", asIs)
		}
		if strings.Count(asIs, "\n") < 15 || strings.Count(inContainer, "\n") < 5 {
			t.Fatalf("only these may be typed:\n%s\n%s", asIs, inContainer)
		}
		inside := exec.Command("unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "sh", "-c", inContainer+"echo still here")
		for _, shell := range []*exec.Cmd{exec.Command("sh", "-c", asIs+"echo still here"), inside} {
			output, err := shell.CombinedOutput()
			if err != nil || !strings.HasSuffix(string(output), "still here\n") {
				t.Errorf("%s: %v\n%s", shell.Args[len(shell.Args)-1], err, output)
			}
		}
	}
}
