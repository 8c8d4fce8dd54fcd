package full

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What this program is to do when a test executes it: to execute a copy of itself, or to tell
// what it was given.
const (
	roleVar  = "MYDOCKER_TEST_ROLE"
	executes = "executes"
	tells    = "tells"
)

// The other variables: where the copy may be, and the limit on the size of files.
const (
	placesVar = "MYDOCKER_TEST_PLACES"
	limitVar  = "MYDOCKER_TEST_LIMIT"
)

const inheritedName = "mydocker-inherited"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleVar) {
	case executes:
		err = executeCopy()
	case tells:
		err = tell()
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func ownProgram() (string, error) {
	content, err := os.ReadFile("/proc/self/exe")
	return string(content), err
}

func oddArguments() []string { return []string{"a name", "", "-x", "\xff", "two\nlines"} }

func executeCopy() error {
	program, err := ownProgram()
	if err != nil {
		return err
	}
	var limit unix.Rlimit
	if text := os.Getenv(limitVar); text != "" {
		if _, err := fmt.Sscan(text, &limit.Cur, &limit.Max); err != nil {
			return err
		}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	if err := os.Setenv(roleVar, tells); err != nil {
		return err
	}
	return inFile(program, strings.Split(os.Getenv(placesVar), ":"), func(file *os.File) error {
		return execute(file, oddArguments(), os.Environ())
	})
}

// told is what a program was given.
type told struct {
	Args      [][]byte
	Dir, Comm string
	Exe       string
	Environ   []string
	Open      []string
	Limit     uint64
}

func tell() (err error) {
	var t told
	for _, arg := range os.Args {
		t.Args = append(t.Args, []byte(arg))
	}
	TakeName("/x/" + os.Args[0])
	comm, err := os.ReadFile(commFile)
	if err != nil {
		return err
	}
	if t.Dir, err = os.Getwd(); err != nil {
		return err
	}
	if t.Exe, err = os.Readlink("/proc/self/exe"); err != nil {
		return err
	}
	t.Comm, t.Environ = string(comm), os.Environ()
	for fd := range 20 { // those of the Go runtime are not ours
		if path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); err == nil && strings.Contains(path, "mydocker") {
			t.Open = append(t.Open, path)
		}
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	t.Limit = limit.Cur
	return json.NewEncoder(os.Stdout).Encode(t)
}

// callSelf executes this program in a role and returns what it wrote.
func callSelf(t *testing.T, dir string, environ ...string) (stdout, stderr string, err error) {
	t.Helper()
	var output, messages bytes.Buffer
	command := exec.Command("/proc/self/exe")
	command.Dir, command.Env = dir, append(os.Environ(), environ...)
	command.Stdout, command.Stderr = &output, &messages
	inherited, err := os.Create(filepath.Join(t.TempDir(), inheritedName))
	if err != nil {
		t.Fatal(err)
	}
	defer inherited.Close()
	command.ExtraFiles = []*os.File{inherited}
	err = command.Run()
	return output.String(), messages.String(), err
}

// Whatever the file is in, the program has what its caller was given, and nothing is left.
func TestExecute(t *testing.T) {
	dir, tmp := t.TempDir(), t.TempDir()
	for _, test := range []struct {
		places, exe, limit string
		keeps              uint64
	}{
		{inMemory, "/memfd:mydocker (deleted)", "", unix.RLIM_INFINITY},
		{tmp, tmp + "/mydocker-", "", unix.RLIM_INFINITY},
		{"/nowhere:" + tmp, tmp + "/mydocker-", "", unix.RLIM_INFINITY},
		{inMemory, "/memfd:mydocker (deleted)", "1024 1000000000", 1024},
	} {
		output, messages, err := callSelf(t, dir, roleVar+"="+executes, placesVar+"="+test.places, limitVar+"="+test.limit, "ODD=\xfe\n=")
		var got told
		if err == nil {
			err = json.Unmarshal([]byte(output), &got)
		}
		if err != nil || messages != "" {
			t.Errorf("%+v: %v, %s", test, err, messages)
			continue
		}
		for i, arg := range oddArguments() {
			if len(got.Args) != len(oddArguments()) || string(got.Args[i]) != arg {
				t.Errorf("%+v: the arguments are %q", test, got.Args)
			}
		}
		if got.Dir != dir || got.Comm != "a name\n" || !strings.HasPrefix(got.Exe, test.exe) || got.Limit != test.keeps ||
			len(got.Open) != 1 || filepath.Base(got.Open[0]) != inheritedName {
			got.Environ = nil
			t.Errorf("%+v: %+v", test, got)
		}
		if !slices.ContainsFunc(got.Environ, func(v string) bool { return strings.HasPrefix(v, "ODD=") && strings.HasSuffix(v, "\n=") }) {
			t.Errorf("%+v: the environment is %q", test, got.Environ)
		}
	}
	if left, err := filepath.Glob(tmp + "/*"); err != nil || len(left) > 0 {
		t.Errorf("%q are left, %v", left, err)
	}
}

// Where the program cannot be, the error says of each place why.
func TestExecuteNowhere(t *testing.T) {
	output, messages, err := callSelf(t, ".", roleVar+"="+executes, placesVar+"=/nowhere:/proc")
	if err == nil || output != "" {
		t.Fatalf("%v, %s", err, output)
	}
	for _, want := range []string{"/nowhere: open /nowhere/mydocker-", "no such file or directory", "/proc: open /proc/mydocker-", "TMPDIR"} {
		if !strings.Contains(messages, want) {
			t.Errorf("%q is not in: %s", want, messages)
		}
	}
	_, messages, err = callSelf(t, ".", roleVar+"="+executes, placesVar+"="+inMemory, limitVar+"=1024 1024")
	if err == nil || !strings.Contains(messages, "(ulimit -f)") {
		t.Errorf("a limit on the size of files: %v, %s", err, messages)
	}
}

// A child that is started so has the arguments and streams that it is given.
func TestStart(t *testing.T) {
	program, err := ownProgram()
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	for _, places := range [][]string{{inMemory}, {tmp}, {"/nowhere", inMemory}} {
		var output bytes.Buffer
		command := &exec.Cmd{Args: oddArguments(), Env: append(os.Environ(), roleVar+"="+tells), Stdout: &output, Stderr: os.Stderr}
		if err := start(command, program, places); err != nil {
			t.Errorf("%q: %v", places, err)
			continue
		}
		if left, err := filepath.Glob(tmp + "/*"); err != nil || len(left) > 0 {
			t.Errorf("%q: as long as it runs, %q are there, %v", places, left, err)
		}
		var got told
		if err := command.Wait(); err != nil {
			t.Errorf("%q: %v", places, err)
		} else if err := json.Unmarshal(output.Bytes(), &got); err != nil || len(got.Args) != len(oddArguments()) || len(got.Open) > 0 {
			t.Errorf("%q: %v, %q, open are %q", places, err, got.Args, got.Open)
		}
	}
}
