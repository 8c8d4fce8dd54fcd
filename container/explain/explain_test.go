package explain

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// awkward are words that a shell could trip over.
var awkward = []string{
	"", " ", "a b", "it's", `"quoted"`, "$HOME", "`id`", "$(id)", "a\nb", "\n", "\t", `back\slash`, `\`, `'\''`, "'", "''",
	"*", "~", "#x", "-n", "--", "a=b", "!", "&", ";", "|", "<>", "(", "{a,b}", "INSIDE", "a\nINSIDE\nb", "ü", "\xff\x01",
}

// The shell reads back what was quoted, byte for byte.
func TestQuote(t *testing.T) {
	for _, shell := range []string{"sh", "bash"} {
		output, err := exec.Command(shell, "-c", `printf '%s\0' `+QuoteAll(awkward)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(awkward, "\x00") + "\x00"; string(output) != want {
			t.Errorf("%s read %q, want %q", shell, output, want)
		}
	}
	for word, want := range map[string]string{"": "''", "a": "a", "/a-b_c.d": "/a-b_c.d", "a b": "'a b'", "it's": `'it'\''s'`, "~": "'~'"} {
		if got := Quote(word); got != want {
			t.Errorf("Quote(%q) = %s, want %s", word, got, want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	for _, word := range awkward {
		f.Add(word, "x")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if strings.Contains(first+second, "\x00") {
			return // no argument can hold one
		}
		output, err := exec.Command("sh", "-c", `printf '%s\0' `+QuoteAll([]string{first, second})).Output()
		if err != nil {
			t.Fatal(err)
		}
		if want := first + "\x00" + second + "\x00"; string(output) != want {
			t.Errorf("sh read %q, want %q", output, want)
		}
	})
}

// Everything that init can be asked for, so that no explanation is empty.
func everything() *wire.Config {
	return &wire.Config{
		Args: awkward[2:], Env: awkward, Root: wire.RootAlone,
		Reaper: true, Terminal: true,
		Process: wire.Process{
			Hostname: "box", Domainname: "a b", Sysctls: []string{"/proc/sys/kernel/sem=1 2 3 4"}, OOMScore: "/proc/self/oom_score_adj=100",
			Rlimits: []string{"7 a 14 nofile=10:20"}, Dir: "/a b", Umask: "12 0022", User: "3e8 64 it's", Groups: "64 65 ",
		},
		Security: wire.Security{
			Keyring: true, Capabilities: &wire.Capabilities{Drop: 1<<12 | 1<<21, Keep: 1}, NoNewPrivileges: true, Filter: "7fff000000000006",
		},
		Cgroups: []wire.Bind{{Source: "/sys/fs/cgroup/a b", Target: "/sys/fs/cgroup"}},
		Operations: []wire.Operation{
			{Kind: wire.OpTmpfs, Data: "mode=755"}, {Kind: wire.OpRoot, Source: "/a b"}, {Kind: wire.OpRootMount, Source: "overlay", Type: "overlay", Data: "lowerdir=/"},
			{Kind: wire.OpMount, Path: "/dev/pts", Type: "devpts", Source: "devpts", Flags: wire.FlagMake, Mount: unix.MS_NOSUID},
			{Kind: wire.OpBind, Path: "/it's", Source: "/a b", Flags: wire.FlagRecursive, Mount: unix.MS_RDONLY},
			{Kind: wire.OpBind, Path: "/dev", Source: "/dev", Flags: wire.FlagFromTmpfs | wire.FlagIfThere},
			{Kind: wire.OpHold, Path: "/proc"}, {Kind: wire.OpReadOnly, Path: "/proc/sys"}, {Kind: wire.OpMask, Path: "/proc/kcore"},
			{Kind: wire.OpDirectory, Path: "/a", Mode: 0o755}, {Kind: wire.OpNode, Path: "/null", Mode: unix.S_IFCHR | 0o666, Device: 259},
			{Kind: wire.OpSymlink, Path: "/fd", Source: "/proc/self/fd"}, {Kind: wire.OpFile, Path: "/hosts", Data: "a\nb", Flags: wire.FlagInTmpfs},
			{Kind: wire.OpSealRoot}, {Kind: wire.OpPivot},
		},
	}
}

// Every step of init says what it does, why, and in most cases how a shell does it.
func TestInit(t *testing.T) {
	for _, name := range Steps() {
		actions := Init(name, everything(), "/bin/a b")
		if len(actions) == 0 {
			t.Errorf("%s explains nothing", name)
		}
		if without := Without(name); len(without) < 20 || !strings.HasSuffix(without, ".") {
			t.Errorf("%s: %q does not tell what goes wrong without it", name, without)
		}
		for _, a := range actions {
			check(t, name, a)
		}
	}
	if Without("no such step") != "" {
		t.Error("without a step that does not exist something goes wrong")
	}
	if actions := Init("no such step", everything(), ""); actions != nil {
		t.Errorf("a step that does not exist: %v", actions)
	}
}

func check(t *testing.T, name string, a Action) {
	t.Helper()
	if a.Live && a.Kernel == "" { // it is for a script alone
		if a.Why == "" {
			t.Errorf("%s: %q has no reason", name, a.Shell)
		}
		return
	}
	if !strings.Contains(a.Kernel, "(") || !strings.HasSuffix(a.Kernel, ")") {
		t.Errorf("%s: %q is no system call", name, a.Kernel)
	}
	if !strings.HasSuffix(a.Why, ".") || strings.Count(a.Why, "\n") > 0 || len(a.Why) < 20 {
		t.Errorf("%s: %s: %q is no sentence", name, a.Kernel, a.Why)
	}
	if a.Shell == "" && a.Position != Nowhere {
		t.Errorf("%s: %s: a script has no command for it", name, a.Kernel)
	}
}

// What is not wanted is not done.
func TestInitNothing(t *testing.T) {
	config := &wire.Config{Args: []string{"true"}, HostNetwork: true, HostPID: true}
	for _, name := range []string{wire.StepRoot, wire.StepMountProc, wire.StepCgroup, wire.StepLoopback} {
		if actions := Init(name, config, ""); len(actions) > 0 {
			t.Errorf("%s: %v", name, actions)
		}
	}
}

// What the kernel is given in hexadecimal, people read as they are used to.
func TestProcess(t *testing.T) {
	want := map[string]string{
		wire.StepNames:        "hostname box; echo 'a b' >/proc/sys/kernel/domainname",
		wire.StepSysctls:      "echo '1 2 3 4' >/proc/sys/kernel/sem",
		wire.StepRlimits:      "prlimit --nofile=10:20",
		wire.StepDir:          "cd '/a b'",
		wire.StepUmask:        "umask 0022",
		wire.StepBounding:     "setpriv --bounding-set=-net_admin,-sys_admin",
		wire.StepCapabilities: "setpriv --inh-caps=-all",
		wire.StepNoPrivileges: "setpriv --no-new-privs",
		wire.StepUser:         "setpriv --reuid 1000 --regid 100 --groups 100,101 --pdeathsig KILL",
	}
	config := everything()
	config.Operations = nil
	for name, shell := range want {
		var placed []string
		for _, a := range Init(name, config, "") {
			if a.Position != Nowhere {
				placed = append(placed, a.Shell)
			}
		}
		if got := strings.Join(placed, "; "); got != shell {
			t.Errorf("%s: %s, want %s", name, got, shell)
		}
	}
}

var told = []Action{
	Mkdir("/a", 0o1755, "It has one."),
	Mkdir("/b", 0o1755, "It has one."),
	{Kernel: "setsid()", Why: "Why not.", Shell: "setsid"},
	{Kernel: "umask(022)", Why: "Who knows.", Shell: "umask 022", Position: Inside},
}

func tell(format Format) string {
	var b bytes.Buffer
	teller := NewTeller(&b, format)
	teller.Begin(Host, "nothing to do", "")
	teller.Begin(Host, "make two", "there is none.")
	teller.Tell(told[:2]...)
	teller.Begin(Child, "leave", "")
	teller.Tell(told[2:]...)
	return b.String()
}

// What may be typed is marked, and where.
func TestTellText(t *testing.T) {
	want := legend + ` 1. host: make two
    Without it: there is none.
    mkdir("/a", 01755)
      It has one.
      $ mkdir /a
    mkdir("/b", 01755)
      $ mkdir /b
 2. child: leave
    setsid()
      Why not.
      | setsid
    umask(022)
      Who knows.
      in$ umask 022
`
	if got := tell(Text); got != want {
		t.Errorf("told:\n%s\nwant:\n%s", got, want)
	}
	coloured := tell(Colour)
	for _, want := range []string{"\x1b[1m 1. host: make two\x1b[m\n", "\x1b[32m$ mkdir /a\x1b[m\n", "\x1b[33min$ umask 022\x1b[m\n"} {
		if !strings.Contains(coloured, want) {
			t.Errorf("%q is missing in colour:\n%q", want, coloured)
		}
	}
}

func TestTellJSON(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(tell(JSON)), "\n")
	if len(lines) != len(told) {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	for i, line := range lines {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Kernel != told[i].Kernel || r.Why != told[i].Why || r.Shell != told[i].Shell || r.Use != told[i].use() {
			t.Errorf("%s is %+v, %v; want %+v", line, r, err, told[i])
		}
	}
	if want := `{"number":2,"side":"child","step":"leave","kernel":"setsid()","why":"Why not.","shell":"setsid","use":"piece"}`; lines[2] != want {
		t.Errorf("%s, want %s", lines[2], want)
	}
}

// A teller that nobody wants does nothing; one that cannot write says so.
func TestTellNobody(t *testing.T) {
	teller := NewTeller(nil, Off)
	teller.Begin(Host, "x", "")
	teller.Tell(told...)
	if teller != nil || teller.Err() != nil {
		t.Errorf("%v", teller.Err())
	}
	broken := NewTeller(brokenWriter{}, Text)
	broken.Begin(Host, "x", "")
	broken.Tell(told...)
	if !errors.Is(broken.Err(), os.ErrClosed) {
		t.Errorf("Err() = %v", broken.Err())
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

// A parameter of the kernel is the host's in a shell that has no namespaces of its own.
func TestSysctlsAreForTheContainer(t *testing.T) {
	config := &wire.Config{Process: wire.Process{Sysctls: []string{"/proc/sys/net/ipv4/ip_forward=1"}, OOMScore: "/proc/self/oom_score_adj=5"}}
	for _, a := range append(setSysctls(config, ""), setOOMScore(config, "")...) {
		if a.use() != InContainer {
			t.Errorf("%s may be typed %s", a.Shell, a.use())
		}
	}
}
