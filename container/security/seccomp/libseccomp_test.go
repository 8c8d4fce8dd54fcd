package seccomp

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// TestLibseccomp compares filters with what libseccomp makes of the same profile, call
// by call: scripts/seccomp.sh has written that down. Of a further set of capabilities
// only the outcomes that differ from those of Docker's are there.
func TestLibseccomp(t *testing.T) {
	for _, file := range []string{"default.txt", "random.txt"} {
		t.Run(file, func(t *testing.T) { compareWith(t, "testdata/"+file) })
	}
	if more := os.Getenv("SECCOMP_EXPECTED"); more != "" {
		t.Run("more", func(t *testing.T) { compareWith(t, more) })
	}
}

func compareWith(t *testing.T, path string) {
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	profile := string(dockersProfile)
	var code []unix.SockFilter
	var machine machine
	compared, failed := 0, 0
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		switch kind {
		case "profile":
			profile = rest
		case "host":
			code, machine = compileFor(t, profile, strings.Fields(rest))
		default:
			n, err := compareLine(code, machine, kind, rest)
			compared += n
			if err != nil {
				t.Errorf("%s: %v", lines.Text(), err)
				if failed++; failed > 10 {
					t.Fatalf("and so on; the profile is %.2000s", profile)
				}
			}
		}
	}
	if lines.Err() != nil || compared < 1000 {
		t.Errorf("compared %d calls, %v", compared, lines.Err())
	}
	t.Logf("compared %d calls", compared)
}

func compileFor(t *testing.T, profile string, fields []string) ([]unix.SockFilter, machine) {
	t.Helper()
	host := Host{Arch: fields[0]}
	var err error
	if host.Kernel, err = utils.ParseKernel(fields[1]); err != nil {
		t.Fatal(err)
	}
	for _, name := range fields[2:] {
		host.Capabilities |= 1 << spec.CapabilityNumber(name)
	}
	filter, err := Compile([]byte(profile), host)
	if err != nil {
		t.Fatalf("%v\n%s", err, profile)
	}
	code, err := decode(filter.Program)
	if err != nil {
		t.Fatal(err)
	}
	machine, err := machineOf(host.Arch)
	if err != nil {
		t.Fatal(err)
	}
	return code, machine
}

// compareLine runs a filter for a line ABI ARGUMENTS FIRST-LAST ACTION. One argument
// stands for all of them.
func compareLine(code []unix.SockFilter, machine machine, name, line string) (n int, err error) {
	var values string
	var first, last, want uint32
	if _, err := fmt.Sscanf(line, "%s %x-%x %x", &values, &first, &last, &want); err != nil {
		return 0, err
	}
	var args [arguments]uint64
	list := strings.Split(values, ",")
	for i := range args {
		if args[i], err = strconv.ParseUint(list[i%len(list)], 16, 64); err != nil {
			return 0, err
		}
	}
	for _, abi := range machine.abis {
		if abi.name != name {
			continue
		}
		for number := first; number <= last; number++ {
			n++
			if got, _ := run(code, abi.arch, number, args); got != want {
				return n, fmt.Errorf("call %d: %#x instead of %#x", number, got, want)
			}
		}
	}
	return n, nil
}
