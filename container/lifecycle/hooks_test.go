package lifecycle

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

func shell(script string) specs.Hook {
	return specs.Hook{Path: "/bin/sh", Args: []string{"a-name", "-c", script}, Env: []string{"A=1", "PATH=/usr/bin:/bin"}}
}

func within(seconds int, hook specs.Hook) specs.Hook {
	hook.Timeout = &seconds
	return hook
}

// Each hook runs in a directory of its own.
func TestRunHooks(t *testing.T) {
	long := strings.Repeat("x", 1<<19)
	for name, test := range map[string]struct {
		hooks       []specs.Hook
		annotations map[string]string
		kind        string
		err         string // what the error ends with
		out         string // what the file "out" has then
	}{
		"none":  {},
		"order": {hooks: []specs.Hook{shell("echo 1 >>out"), shell("echo 2 >>out"), shell("echo 3 >>out")}, out: "1\n2\n3\n"},
		"state": {
			hooks: []specs.Hook{shell("cat >out")}, annotations: map[string]string{"a": "b"},
			out: `{"ociVersion":"1.3.0","id":"c","status":"created","pid":42,"bundle":"/b","annotations":{"a":"b"}}`,
		},
		"long state":            {hooks: []specs.Hook{shell("wc -c >out")}, annotations: map[string]string{"a": long}, out: strconv.Itoa(1<<19+len(`{"ociVersion":"1.3.0","id":"c","status":"created","pid":42,"bundle":"/b","annotations":{"a":""}}`)) + "\n"},
		"long state, not read":  {hooks: []specs.Hook{shell("exec <&-; echo done >out")}, annotations: map[string]string{"a": long}, out: "done\n"},
		"name":                  {hooks: []specs.Hook{shell("echo $0 >out; tr '\\0' '\\n' </proc/$$/cmdline | head -n1 >>out")}, out: "a-name\na-name\n"},
		"no arguments":          {hooks: []specs.Hook{{Path: "/bin/true"}}},
		"environment":           {hooks: []specs.Hook{shell("env -u PWD -u _ -u SHLVL -u OLDPWD >out")}, out: "A=1\nPATH=/usr/bin:/bin\n"},
		"empty environment":     {hooks: []specs.Hook{{Path: "/bin/sh", Args: []string{"sh", "-c", "tr '\\0' '\\n' </proc/$$/environ >out"}, Env: []string{}}}},
		"no environment":        {hooks: []specs.Hook{{Path: "/bin/sh", Args: []string{"sh", "-c", "echo $OF_THE_CALLER >out"}}}, out: "here\n"},
		"output":                {hooks: []specs.Hook{shell("echo to stdout; echo to stderr >&2")}},
		"a second one fails":    {hooks: []specs.Hook{shell("echo 1 >out"), shell("exit 3"), shell("echo 3 >out")}, err: "error running prestart hook #1: /bin/sh: exit status 3", out: "1\n"},
		"stderr":                {hooks: []specs.Hook{shell("echo first >&2; echo 'the \033 last' >&2; echo >&2; exit 3")}, err: `exit status 3: the \x1b last`},
		"long line":             {hooks: []specs.Hook{shell("head -c 100000 /dev/zero | tr '\\0' x >&2; exit 3")}, err: "exit status 3: " + strings.Repeat("x", 300) + "..."},
		"signal":                {hooks: []specs.Hook{shell("kill -9 $$")}, err: "/bin/sh: ended by SIGKILL (killed)"},
		"missing":               {hooks: []specs.Hook{{Path: "/no/such/file"}}, err: "error running prestart hook #0: /no/such/file: no such file or directory"},
		"not executable":        {hooks: []specs.Hook{{Path: "/etc/passwd"}}, err: "/etc/passwd: permission denied"},
		"in time":               {hooks: []specs.Hook{within(600, shell("echo done >out"))}, out: "done\n"},
		"goes on in background": {hooks: []specs.Hook{shell("sleep 600 & echo $! >child; echo done >out")}, out: "done\n"},
		"writes in background":  {hooks: []specs.Hook{shell("yes >&2 & echo $! >child; echo done >out")}, out: "done\n"},
		"poststop goes on":      {kind: hookPoststop, err: "/no/such/file: no such file or directory", hooks: []specs.Hook{shell("exit 1"), {Path: "/no/such/file"}, shell("echo 3 >out")}, out: "3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OF_THE_CALLER", "here")
			dir := t.TempDir()
			t.Cleanup(func() { killChild(t, dir, name == "goes on in background") })
			state := &specs.State{Version: "1.3.0", ID: "c", Status: specs.StateCreated, Pid: 42, Bundle: "/b", Annotations: test.annotations}
			kind := test.kind
			if kind == "" {
				kind = hookPrestart
			}
			err := runHooks(test.hooks, kind, state, outside(dir))
			if (err == nil) != (test.err == "") || err != nil && !strings.HasSuffix(err.Error(), test.err) {
				t.Errorf("error %v, want one that ends with %q", err, test.err)
			}
			out, err := os.ReadFile(filepath.Join(dir, "out"))
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if string(out) != test.out {
				t.Errorf("out is %q, want %q", out, test.out)
			}
		})
	}
}

// A hook whose time is up is ended with all that it has started, and its last words are told. How far
// it comes in a second is up to the machine; so it gets more where that was not enough.
func TestHookOutOfTime(t *testing.T) {
	for words, script := range map[string]string{
		"waiting": "sleep 600 & echo $! >child; echo waiting >&2; wait",
		"y":       "exec yes >&2",
	} {
		for seconds := 1; ; seconds *= 2 {
			dir := t.TempDir()
			err := runHooks([]specs.Hook{within(seconds, shell(script))}, hookPrestart, &specs.State{}, outside(dir))
			awaitEndOf(t, childIn(t, dir))
			killed := fmt.Sprintf("/bin/sh: killed, for it did not end within its time-out of %v", time.Duration(seconds)*time.Second)
			if err != nil && strings.HasSuffix(err.Error(), killed) && seconds < 60 {
				continue
			}
			if err == nil || !strings.HasSuffix(err.Error(), killed+": "+words) {
				t.Errorf("error %v, want one that ends with %q", err, words)
			}
			break
		}
	}
}

// childIn is the process that a hook has started in dir, 0 for none.
func childIn(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "child"))
	if os.IsNotExist(err) || err == nil && len(text) == 0 {
		return 0
	}
	pid, converting := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || converting != nil {
		t.Fatal(err, converting)
	}
	return pid
}

// killChild ends what a hook has left. It may have ended by itself, unless it is to wait.
func killChild(t *testing.T, dir string, waits bool) {
	t.Helper()
	pid := childIn(t, dir)
	if pid == 0 {
		return
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil && (waits || err != unix.ESRCH) {
		t.Errorf("what runs in the background is gone: %v", err)
	}
}

// awaitEndOf waits until the process has ended.
func awaitEndOf(t *testing.T, pid int) {
	t.Helper()
	if pid == 0 {
		return
	}
	fd, err := utils.PidfdOpen(pid)
	if err == unix.ESRCH {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 60_000); n != 1 {
		t.Errorf("process %d of the hook lives on (%v)", pid, err)
	}
	if err := unix.Close(fd); err != nil {
		t.Error(err)
	}
}

// Nothing that the caller has open reaches a hook.
func TestHookGetsNoFiles(t *testing.T) {
	dir := t.TempDir()
	fd, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}()
	hooks := []specs.Hook{shell("ls /proc/$$/fd >out")}
	if err := runHooks(hooks, hookPoststart, &specs.State{}, outside(dir)); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		if n, err := strconv.Atoi(name); err != nil || n > 2 && n < 10 { // a shell's own is 10 or above
			t.Errorf("descriptor %s is open in a hook", name)
		}
	}
}

func TestHooksOf(t *testing.T) {
	hooks, err := hooksOf(json.RawMessage(`{"hooks":{"poststop":[{"path":"/a","env":[]},{"path":"/b"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if hooks.Poststop[0].Env == nil || hooks.Poststop[1].Env != nil {
		t.Errorf("an empty environment and none are %#v", hooks.Poststop)
	}
	if hooks, err := hooksOf(json.RawMessage(`{}`)); err != nil || hooks == nil {
		t.Errorf("of none: %v, %v", hooks, err)
	}
}

func TestInnermostPid(t *testing.T) {
	pid, err := innermostPid(syscall.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if pid != syscall.Getpid() { // unless /proc is another PID namespace's
		t.Errorf("it is %d, want %d", pid, syscall.Getpid())
	}
	if _, err := innermostPid(1 << 30); !os.IsNotExist(err) {
		t.Errorf("of no process: %v", err)
	}
}
