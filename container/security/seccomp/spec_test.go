package seccomp

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// specOf is what an engine makes of Docker's profile for a specification: what holds for the
// host, and no conditions.
func specOf(t *testing.T, host Host) *specs.LinuxSeccomp {
	t.Helper()
	p, err := parse(dockersProfile)
	if err != nil {
		t.Fatal(err)
	}
	errno := uint(unix.EPERM)
	s := &specs.LinuxSeccomp{
		DefaultAction: specs.ActErrno, DefaultErrnoRet: &errno,
		Architectures: []specs.Arch{specs.ArchX86_64, specs.ArchX86, specs.ArchX32, specs.ArchAARCH64, specs.ArchARM},
	}
	for _, rule := range p.rules {
		if !rule.holds(host) {
			continue
		}
		next := specs.LinuxSyscall{Names: rule.names, Action: specs.ActAllow}
		if rule.action != unix.SECCOMP_RET_ALLOW {
			errno := uint(rule.action & 0xffff)
			next.Action, next.ErrnoRet = specs.ActErrno, &errno
		}
		for _, c := range rule.arguments {
			next.Args = append(next.Args, specs.LinuxSeccompArg{
				Index: uint(c.argument), Value: c.value, ValueTwo: c.masked, Op: specs.LinuxSeccompOperator(c.operator),
			})
		}
		s.Syscalls = append(s.Syscalls, next)
	}
	return s
}

// A specification with the rules of a profile has the profile's filter.
func TestCompileSpec(t *testing.T) {
	for _, arch := range []string{"amd64", "arm64"} {
		host := Host{Arch: arch, Kernel: Kernel{Major: 6, Minor: 1}, Capabilities: dockersCapabilities()}
		want, err := Compile(dockersProfile, host)
		if err != nil {
			t.Fatal(err)
		}
		got, err := CompileSpec(specOf(t, host), arch)
		if err != nil || got.Program != want.Program || got.Flags != want.Flags {
			t.Errorf("%s: another filter, %v", arch, err)
		}
	}
}

func TestSpecFlags(t *testing.T) {
	const notify = `"listenerPath": "/l", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]`
	for text, want := range map[string]uint64{
		``: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		`"flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]`:         unix.SECCOMP_FILTER_FLAG_LOG,
		`"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], "listenerPath": "/l"`: 0,
		notify: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
		`"flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], ` + notify: unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV | unix.SECCOMP_FILTER_FLAG_NEW_LISTENER,
	} {
		filter, err := compileText(text)
		if err != nil || filter.Flags != want {
			t.Errorf("%s: %#x, %v; want %#x", text, filter.Flags, err, want)
		}
	}
}

// compileText compiles rules that allow what they do not name.
func compileText(text string) (Filter, error) {
	if text != "" {
		text = ", " + text
	}
	var s specs.LinuxSeccomp
	if err := json.Unmarshal([]byte(`{"defaultAction": "SCMP_ACT_ALLOW"`+text+`}`), &s); err != nil {
		return Filter{}, err
	}
	return CompileSpec(&s, "amd64")
}

// Each action and its errno arrive in the filter.
func TestSpecActions(t *testing.T) {
	for action, want := range map[string]uint32{
		`"SCMP_ACT_KILL"`: unix.SECCOMP_RET_KILL_THREAD, `"SCMP_ACT_KILL_THREAD"`: unix.SECCOMP_RET_KILL_THREAD,
		`"SCMP_ACT_KILL_PROCESS"`: unix.SECCOMP_RET_KILL_PROCESS, `"SCMP_ACT_TRAP"`: unix.SECCOMP_RET_TRAP,
		`"SCMP_ACT_ERRNO"`: unix.SECCOMP_RET_ERRNO | 1, `"SCMP_ACT_ERRNO", "errnoRet": 38`: unix.SECCOMP_RET_ERRNO | 38,
		`"SCMP_ACT_ERRNO", "errnoRet": 0`: unix.SECCOMP_RET_ERRNO, `"SCMP_ACT_TRACE", "errnoRet": 7`: unix.SECCOMP_RET_TRACE | 7,
		`"SCMP_ACT_LOG"`: unix.SECCOMP_RET_LOG, `"SCMP_ACT_NOTIFY"`: unix.SECCOMP_RET_USER_NOTIF, `"SCMP_ACT_ALLOW"`: unix.SECCOMP_RET_ALLOW,
	} {
		filter, err := compileText(`"listenerPath": "/l", "syscalls": [{"names": ["mkdir"], "action": ` + action + `}]`)
		if err != nil {
			t.Errorf("%s: %v", action, err)
			continue
		}
		code, err := decode(filter.Program)
		if err == nil {
			err = check(code)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := run(code, unix.AUDIT_ARCH_X86_64, unix.SYS_MKDIR, [arguments]uint64{}); got != want {
			t.Errorf("%s: %#x, want %#x", action, got, want)
		}
		if got, _ := run(code, unix.AUDIT_ARCH_X86_64, unix.SYS_RMDIR, [arguments]uint64{}); got != unix.SECCOMP_RET_ALLOW {
			t.Errorf("%s: another call has %#x", action, got)
		}
	}
}

// With a default that denies, a call that nobody knows is denied, and may be named.
func TestSpecUnknownCall(t *testing.T) {
	unknown := []specs.LinuxSyscall{{Names: []string{"no_such_call"}, Action: specs.ActErrno}}
	if _, err := CompileSpec(&specs.LinuxSeccomp{DefaultAction: specs.ActKillProcess, Syscalls: unknown}, "amd64"); err != nil {
		t.Error(err)
	}
	if _, err := CompileSpec(&specs.LinuxSeccomp{DefaultAction: specs.ActAllow, Syscalls: unknown}, "amd64"); err == nil || !strings.Contains(err.Error(), `syscalls[0]: unknown system call "no_such_call"`) {
		t.Error(err)
	}
}

func TestSpecErrors(t *testing.T) {
	for text, want := range map[string]string{
		`"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/l"`:        "defaultAction: SCMP_ACT_NOTIFY",
		`"defaultAction": "SCMP_ACT_X"`:                                   `defaultAction: unknown action "SCMP_ACT_X"`,
		`"defaultAction": ""`:                                             "defaultAction: the action is missing",
		`"defaultErrnoRet": 1`:                                            "SCMP_ACT_ALLOW has no errno",
		`"architectures": ["SCMP_ARCH_X"]`:                                `unknown architecture "SCMP_ARCH_X"`,
		`"flags": ["SECCOMP_FILTER_FLAG_X"]`:                              `unknown flag "SECCOMP_FILTER_FLAG_X"`,
		`"listenerMetadata": "x"`:                                         "without listenerPath",
		`"listenerPath": "l"`:                                             "not absolute",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]`: "needs a listenerPath",
		`"listenerPath": "/l", "syscalls": [{"names": ["mkdir", "write"], "action": "SCMP_ACT_NOTIFY"}]`:            "syscalls[0]: SCMP_ACT_NOTIFY cannot be used for the write syscall",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_LOG"}, {"names": [], "action": "SCMP_ACT_LOG"}]`:     "syscalls[1]: no names",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_LOG", "errnoRet": 1}]`:                               "SCMP_ACT_LOG has no errno",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 4096}]`:                          "errno 4096",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]`: "syscalls[0]: args[0].index: 6",
		`"syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "op": "SCMP_CMP_X"}]}]`:  `args[0].op: unknown operator "SCMP_CMP_X"`,
		`"syscalls": [{"names": ["mkdir"], "action": "\u001b[31m"}]`:                                                `unknown action "\x1b[31m"`,
	} {
		if _, err := compileText(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// The rules are asked for once; then the cache has the filter, with its flags.
func TestLoadSpecCache(t *testing.T) {
	cache := t.TempDir() + "/seccomp"
	asked := 0
	load := func() (Filter, error) {
		return LoadSpec("the text", cache, func() (*specs.LinuxSeccomp, error) {
			asked++
			return &specs.LinuxSeccomp{DefaultAction: specs.ActAllow, ListenerPath: "/l", Syscalls: []specs.LinuxSyscall{{Names: []string{"mkdir"}, Action: specs.ActNotify}}}, nil
		})
	}
	first, err := load()
	if err != nil {
		t.Fatal(err)
	}
	second, err := load()
	if err != nil || asked != 1 || first.Program != second.Program || first.Flags != second.Flags || first.Flags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER == 0 {
		t.Errorf("asked %d times; %+v, then %+v, %v", asked, first, second, err)
	}
	failure := errors.New("unreadable")
	if _, err := LoadSpec("another text", cache, func() (*specs.LinuxSeccomp, error) { return nil, failure }); !errors.Is(err, failure) {
		t.Error(err)
	}
}

// BenchmarkCompileSpec compiles the default profile as an engine writes it.
func BenchmarkCompileSpec(b *testing.B) {
	s := specOf(&testing.T{}, host())
	for b.Loop() {
		if _, err := CompileSpec(s, "amd64"); err != nil {
			b.Fatal(err)
		}
	}
}
