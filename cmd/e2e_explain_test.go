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
	Number                         int
	Side, Step, Kernel, Why, Shell string
}

// checked are the system calls that make a container. strace(1) sees which of
// them happen, and --explain has to tell of just those.
var checked = []string{
	"mount", "unshare", "setns", "clone", "clone3", "mkdir", "rmdir", "write", "setgroups", "setresgid", "setresuid",
	"sethostname", "setdomainname", "umask", "chdir",
}

// TestExplainIsTrue compares what --explain tells with what strace sees.
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
		"", "--userns private --cgroupns private --init -h box --domainname d --sysctl net.ipv4.ip_forward=1 --ulimit nofile=100:200 --ulimit core=0 -w / --umask 027 -u 1000:100 --group-add 101 --oom-score-adj 100 --pids-limit 50",
		"--report /dev/null --cpus 1 --memory-reservation 32m", "-m 0 --cpuset-cpus all --cpu-shares 0", "--userns private", "--cgroupns private",
		"--network host --pid host --ipc host --uts host",
	}
	if testing.Short() { // an emulated CPU takes half a minute for each
		sets = sets[:2]
	}
	for _, flags := range sets {
		t.Run(flags, func(t *testing.T) {
			trace := filepath.Join(t.TempDir(), "trace")
			args := []string{"-f", "-y", "-s", "1000", "--seccomp-bpf", "-e", "signal=none", "-e", "trace=" + strings.Join(checked, ",") + ",mkdirat,unlinkat", "-o", trace, bin + "/mydocker", "run", "--explain=json", "--cgroup-parent", parent}
			command := exec.Command("strace", append(append(args, strings.Fields(flags)...), "true")...)
			output, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			told := toldCalls(t, string(output))
			content, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			done := tracedCalls(string(content))
			if len(done) < 5 {
				t.Fatalf("only %d calls are in the trace: has its form changed?", len(done))
			}
			for _, call := range done {
				if !slices.Contains(told, call) {
					t.Errorf("not explained: %s", call)
				}
			}
			for _, call := range told {
				if !slices.Contains(done, call) {
					t.Errorf("explained, but never done: %s", call)
				}
			}
			if t.Failed() {
				t.Logf("done: %q", done)
			}
		})
	}
}

// toldCalls are the calls that --explain=json tells of. It checks that each line
// says everything.
func toldCalls(t *testing.T, output string) []string {
	var calls []string
	last := 0
	for line := range strings.Lines(output) {
		var e explained
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Number < last || e.Number > last+1 || e.Side == "" || e.Step == "" || e.Kernel == "" || e.Why == "" {
			t.Errorf("after number %d: %s", last, line)
		}
		last = e.Number
		if call := normal(e.Kernel); call != "" {
			calls = append(calls, call)
		}
	}
	return calls
}

// normal writes a call so that it can be compared: flags are sorted.
func normal(call string) string {
	name, rest, _ := strings.Cut(call, "(")
	if !slices.Contains(checked, name) || strings.HasPrefix(rest, "pipe") {
		return ""
	}
	call = regexp.MustCompile(`, cgroup=[^,)]*`).ReplaceAllString(call, "")          // a number to strace
	call = regexp.MustCompile(`0x[0-9a-f]+, (MS_)`).ReplaceAllString(call, `"", $1`) // a type that counts for nothing
	return regexp.MustCompile(`[A-Z_]+(\|[A-Z_]+)+`).ReplaceAllStringFunc(call, sortFlags)
}

func sortFlags(flags string) string {
	list := strings.Split(flags, "|")
	slices.Sort(list)
	return strings.Join(list, "|")
}

// tracedCalls are the successful calls of a trace that make a container, as
// --explain writes them.
func tracedCalls(trace string) []string {
	var calls []string
	unfinished := map[string]string{}
	line := regexp.MustCompile(`^(\d+) +(.*)$`)
	for text := range strings.Lines(trace) {
		m := line.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			continue
		}
		pid, call := m[1], m[2]
		if begin, is := strings.CutSuffix(call, " <unfinished ...>"); is {
			unfinished[pid] = begin
			continue
		}
		if _, end, is := strings.Cut(call, " resumed>"); is && strings.HasPrefix(call, "<... ") {
			call = unfinished[pid] + end
		}
		ended := succeeded.FindStringSubmatch(call)
		if ended == nil {
			continue
		}
		if call = traced(ended[1]); call != "" {
			calls = append(calls, call)
		}
	}
	return calls
}

var (
	succeeded  = regexp.MustCompile(`^(.*\)) += \d[^=]*$`)
	descriptor = regexp.MustCompile(`^write\(\d+<([^>]*)>, (".*"), \d+\)$`)
	directory  = regexp.MustCompile(`^(mkdir|rmdir|unlink)(?:at)?\((?:AT_FDCWD(?:<[^>]*>)?, )?("[^"]*")`)
	birth      = regexp.MustCompile(`^(clone3?)\(.*flags=([A-Z_|]+)`)
)

// traced writes a call as --explain does, or returns "" if it is none of ours.
func traced(call string) string {
	name, _, _ := strings.Cut(call, "(")
	if m := descriptor.FindStringSubmatch(call); m != nil {
		file := regexp.MustCompile(`^/proc/\d+/oom`).ReplaceAllString(m[1], "/proc/self/oom")
		if !ofCgroup(file) && !regexp.MustCompile(`^/proc/(sys/|self/oom|\d+/[ug]id_map)`).MatchString(file) {
			return ""
		}
		return fmt.Sprintf("write(%q, %s)", file, m[2])
	}
	if m := directory.FindStringSubmatch(call); m != nil {
		if !ofCgroup(strings.Trim(m[2], `"`)) {
			return ""
		}
		if m[1] == "mkdir" {
			return "mkdir(" + m[2] + ", 01755)"
		}
		return "rmdir(" + m[2] + ")"
	}
	if m := birth.FindStringSubmatch(call); m != nil {
		flags := slices.DeleteFunc(strings.Split(m[2], "|"), func(flag string) bool {
			return !strings.HasPrefix(flag, "CLONE_NEW") && flag != "CLONE_INTO_CGROUP"
		})
		if len(flags) == 0 {
			return ""
		}
		return normal(m[1] + "(" + strings.Join(flags, "|") + ")")
	}
	if name == "setns" {
		_, kind, _ := strings.Cut(call, ", ")
		return "setns(" + kind
	}
	if name == "write" || name == "mkdir" || name == "rmdir" {
		return ""
	}
	return normal(call)
}

// ofCgroup tells whether a path is in one of the hierarchies, which are all there.
func ofCgroup(path string) bool { return strings.HasPrefix(path, "/sys/fs/cgroup/") }
