package entry

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The three sets are apart, and together all signals but those that are about
// mydocker itself.
func TestSignalSets(t *testing.T) {
	left := []int{
		int(unix.SIGKILL), int(unix.SIGPIPE), int(unix.SIGCHLD), int(unix.SIGSTOP),
		int(unix.SIGTTIN), int(unix.SIGTTOU), int(unix.SIGURG), 32, 33, 34,
	}
	for sig := 1; sig <= 64; sig++ {
		count := 0
		for _, set := range []uint64{Blocked, Ending, Rare} {
			count += int(set >> (sig - 1) & 1)
		}
		want := 1
		if slices.Contains(left, sig) {
			want = 0
		}
		if count != want {
			t.Errorf("signal %d is in %d sets, want %d", sig, count, want)
		}
	}
}

// withRuntime are the functions of package bare that only run when the runtime
// does.
var withRuntime = regexp.MustCompile(`/bare\.(texts|\(\*Init\)\.Command|New)$`)

// harmless are the functions of the runtime that need nothing of it: they copy,
// compare and clear memory, or end the program because of an index that is out
// of range. morestack is what a function calls on a stack that is too small,
// which start says it never is.
var harmless = regexp.MustCompile(`^(runtime\.(panic\w+|goPanic\w+|memmove|memequal|memclrNoHeapPointers|duffzero|duffcopy|` +
	`gcWriteBarrier\d?|wbZero|wbMove|morestack\w*)|internal/bytealg\..*|internal/runtime/syscall/linux\.Syscall6)(\.abi0)?$`)

// What runs before the runtime calls nothing that needs it: no allocation, no
// interface, no defer. This looks at every call in the machine code.
func TestNeedsNoRuntime(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("on %s init runs with the runtime", runtime.GOARCH)
	}
	binary := filepath.Join(t.TempDir(), "mydocker")
	build := exec.Command("go", "build", "-ldflags", "-E=github.com/mydocker/mydocker/container/entry.start", "-o", binary, "github.com/mydocker/mydocker")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	calls := map[string][]string{}
	disassemble(t, binary, `^github.com/mydocker/mydocker/container/(child/bare\.|entry\.(beforeRuntime|serve|becomeInit)$)`, calls)
	for name := range calls {
		if withRuntime.MatchString(name) {
			delete(calls, name)
		}
	}
	for _, name := range []string{"beforeRuntime", "serve", "becomeInit"} {
		if len(calls["github.com/mydocker/mydocker/container/entry."+name]) == 0 {
			t.Fatalf("%s is not among the %d functions found", name, len(calls))
		}
	}
	for depth := 0; depth < 10; depth++ {
		unknown := targets(t, calls)
		if len(unknown) == 0 {
			storesNoPointer(t, calls, "github.com/mydocker/mydocker/container/entry.serve", map[string]bool{})
			storesNoPointer(t, calls, "github.com/mydocker/mydocker/container/entry.becomeInit", map[string]bool{})
			return
		}
		quoted := make([]string, len(unknown))
		for i, name := range unknown {
			quoted[i] = regexp.QuoteMeta(name)
		}
		disassemble(t, binary, "^("+strings.Join(quoted, "|")+")$", calls)
	}
	t.Error("the calls do not come to an end")
}

// storesNoPointer looks at what a function calls beside the running runtime, whose
// garbage collector would have to be told of each pointer that is stored.
func storesNoPointer(t *testing.T, calls map[string][]string, name string, seen map[string]bool) {
	t.Helper()
	if seen[name] {
		return
	}
	seen[name] = true
	for _, callee := range calls[name] {
		if regexp.MustCompile(`^runtime\.(gcWriteBarrier|wb|typedmem)`).MatchString(callee) {
			t.Errorf("%s stores a pointer: it calls %s", name, callee)
		}
		storesNoPointer(t, calls, callee, seen)
	}
}

// targets lists the called functions that have not been looked at yet.
func targets(t *testing.T, calls map[string][]string) (unknown []string) {
	for caller, callees := range calls {
		for _, callee := range callees {
			_, known := calls[callee]
			switch {
			case harmless.MatchString(callee) || known:
			case strings.HasPrefix(callee, "runtime."):
				t.Errorf("%s calls %s, which needs the runtime", caller, callee)
				calls[callee] = nil
			case !slices.Contains(unknown, callee):
				unknown = append(unknown, callee)
			}
		}
	}
	return unknown
}

// disassemble adds the functions whose names match, and what each calls.
func disassemble(t *testing.T, binary, pattern string, calls map[string][]string) {
	t.Helper()
	output, err := exec.Command("go", "tool", "objdump", "-s", pattern, binary).Output()
	if err != nil {
		t.Fatalf("objdump -s %s: %v", pattern, err)
	}
	header := regexp.MustCompile(`^TEXT (\S+)\(SB\)`)
	call := regexp.MustCompile(`\s(?:CALL|JMP|B) (\S+)\(SB\)`)
	var name string
	for line := range strings.Lines(string(output)) {
		if m := header.FindStringSubmatch(line); m != nil {
			name = m[1]
			calls[name] = []string{}
		} else if m := call.FindStringSubmatch(line); m != nil {
			calls[name] = append(calls[name], m[1])
		}
	}
	if name == "" {
		t.Errorf("nothing in the binary matches %s", pattern)
	}
}
