package entry

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The three sets are apart, and together all signals but those that are about
// mydocker itself.
func TestSignalSets(t *testing.T) {
	left := []int{
		int(unix.SIGKILL), int(unix.SIGPIPE), int(unix.SIGCHLD), int(unix.SIGSTOP),
		int(unix.SIGURG), 32, 33, 34,
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
// interface, no defer, and no function that only a register knows. This looks at every
// call in the machine code. Nor does it take more stack than there is: no function
// looks at that, since start says that there is enough.
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
	frames := map[string]int{}
	disassemble(t, binary, `^github.com/mydocker/mydocker/container/(child/bare\.|entry\.(beforeRuntime|serve|becomeInit)$)`, calls, frames)
	for name := range calls {
		if withRuntime.MatchString(name) {
			delete(calls, name)
		}
	}
	for _, name := range []string{"beforeRuntime", "serve", "becomeInit"} {
		if len(calls[module+"entry."+name]) == 0 {
			t.Fatalf("%s is not among the %d functions found", name, len(calls))
		}
	}
	for depth := 0; depth < 10; depth++ {
		unknown := targets(t, calls)
		if len(unknown) == 0 {
			storesNoPointer(t, calls, module+"entry.serve", map[string]bool{})
			storesNoPointer(t, calls, module+"entry.becomeInit", map[string]bool{})
			calls[prepare] = append(calls[prepare], uncalled(calls)...)
			fitsStack(t, calls, frames)
			return
		}
		quoted := make([]string, len(unknown))
		for i, name := range unknown {
			quoted[i] = regexp.QuoteMeta(name)
		}
		disassemble(t, binary, "^("+strings.Join(quoted, "|")+")$", calls, frames)
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

const module = "github.com/mydocker/mydocker/container/"

// prepare calls the steps of init, which are in a table: the one indirect call. All
// that the table can name is looked at, for it is in package bare.
const prepare = module + "child/bare.(*Init).Prepare"

// uncalled are the methods of init that nothing calls by name.
func uncalled(calls map[string][]string) (steps []string) {
	called := map[string]bool{prepare: true}
	for _, callees := range calls {
		for _, callee := range callees {
			called[callee] = true
		}
	}
	for name := range calls {
		if strings.HasPrefix(name, module+"child/bare.(*Init).") && !called[name] {
			steps = append(steps, name)
		}
	}
	return steps
}

// recursive are the functions that call themselves, and how often at most: a number
// of 64 bits has 20 decimal digits.
var recursive = map[string]int{module + "wire.(*encoder).decimal": 20}

// fitsStack adds the frames up. A quarter of a stack is left for the functions of the
// runtime that are harmless, and for a signal's frame.
func fitsStack(t *testing.T, calls map[string][]string, frames map[string]int) {
	t.Helper()
	for root, size := range map[string]int{
		"serve":      len(threadStack),
		"becomeInit": len(childStack),
		// The kernel's own stack: the least that setrlimit(2) leaves a program in
		// practice, behind its arguments.
		"beforeRuntime": 64 << 10,
	} {
		depth := deepest(t, calls, frames, module+"entry."+root, nil)
		t.Logf("%s takes %d of %d bytes of stack", root, depth, size)
		if depth == 0 || depth > size/4*3 {
			t.Errorf("%s takes %d bytes of a stack of %d", root, depth, size)
		}
	}
}

// deepest is the most stack that a function takes, with all that it calls.
func deepest(t *testing.T, calls map[string][]string, frames map[string]int, name string, above []string) int {
	t.Helper()
	if slices.Contains(above, name) {
		if recursive[name] == 0 {
			t.Errorf("%s calls itself", name)
		}
		return 0
	}
	most := 0
	for _, callee := range calls[name] {
		// What spawn starts has a stack of its own.
		if !strings.HasPrefix(name, module+"entry.spawn") && callee != name {
			most = max(most, deepest(t, calls, frames, callee, append(above, name)))
		}
	}
	return frames[name]*max(1, recursive[name]) + most
}

// frameSize adds up by how much an instruction of a function's beginning moves the
// stack pointer.
func frameSize(instruction string) int {
	for _, pattern := range []*regexp.Regexp{
		regexp.MustCompile(`SUBQ \$(0x[0-9a-f]+), SP$`),
		regexp.MustCompile(`ADDQ \$-(0x[0-9a-f]+), SP$`),
		regexp.MustCompile(`MOVD\.W R30, -(\d+)\(RSP\)$`),
		regexp.MustCompile(`SUB \$(\d+), RSP, (?:RSP|R20)$`),
	} {
		if m := pattern.FindStringSubmatch(instruction); m != nil {
			if n, err := strconv.ParseInt(m[1], 0, 64); err == nil {
				return int(n)
			}
		}
	}
	if strings.Contains(instruction, "PUSHQ ") {
		return 8
	}
	return 0
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

// disassemble adds the functions whose names match, what each calls, and how much
// stack it takes.
func disassemble(t *testing.T, binary, pattern string, calls map[string][]string, frames map[string]int) {
	t.Helper()
	output, err := exec.Command("go", "tool", "objdump", "-s", pattern, binary).Output()
	if err != nil {
		t.Fatalf("objdump -s %s: %v", pattern, err)
	}
	header := regexp.MustCompile(`^TEXT (\S+)\(SB\)`)
	call := regexp.MustCompile(`\s(?:CALL|JMP|B) (\S+)\(SB\)`)
	indirect := regexp.MustCompile(`\s(?:CALL|BL) `)
	const returnAddress = 8
	var name string
	for line := range strings.Lines(string(output)) {
		if m := header.FindStringSubmatch(line); m != nil {
			name = m[1]
			calls[name], frames[name] = []string{}, returnAddress
			continue
		}
		frames[name] += frameSize(strings.TrimSpace(line))
		if m := call.FindStringSubmatch(line); m != nil {
			calls[name] = append(calls[name], m[1])
		} else if indirect.MatchString(line) && name != prepare && !withRuntime.MatchString(name) {
			t.Errorf("%s calls what only runs show: %s", name, strings.TrimSpace(line))
		}
	}
	if name == "" {
		t.Errorf("nothing in the binary matches %s", pattern)
	}
}
