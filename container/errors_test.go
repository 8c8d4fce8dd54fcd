package container

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
)

func TestInitErrors(t *testing.T) {
	tests := []struct {
		status                  wire.Status
		text                    string
		notFound, notExecutable bool
	}{
		{wire.Status{Step: wire.StepLookUp, Operand: "nope", Errno: unix.ENOENT},
			"look up the command: nope: no such file or directory (not found in PATH)", true, false},
		{wire.Status{Step: wire.StepLookUp, Operand: "/nope", Errno: unix.ENOENT},
			"look up the command: /nope: no such file or directory", true, false},
		{wire.Status{Step: wire.StepLookUp, Operand: "", Errno: unix.ENOENT},
			`look up the command: "": no such file or directory (an empty word is no command)`, true, false},
		{wire.Status{Step: wire.StepLookUp, Operand: "/", Errno: unix.EISDIR},
			"look up the command: /: is a directory", false, true},
		{wire.Status{Step: wire.StepLookUp, Operand: "/etc/passwd", Errno: unix.EACCES},
			"look up the command: /etc/passwd: permission denied", false, true},
		{wire.Status{Step: wire.StepLookUp, Operand: "/a/b", Errno: unix.ENOTDIR},
			"look up the command: /a/b: not a directory", false, true},
		// The file is there; what is missing is its interpreter.
		{wire.Status{Step: wire.StepExec, Operand: "/script", Errno: unix.ENOENT, Detail: "its interpreter /x does not exist"},
			"execute the command: /script: no such file or directory (its interpreter /x does not exist)", true, false},
		{wire.Status{Step: wire.StepExec, Operand: "/arm", Errno: unix.ENOEXEC},
			"execute the command: /arm: exec format error", false, true},
		{wire.Status{Step: wire.StepMountProc, Operand: "/proc", Errno: unix.ENOENT},
			"mount /proc: /proc: no such file or directory", false, false},
		{wire.Status{Step: wire.StepReadConfig, Operand: "fd 3", Errno: unix.EPROTO, Detail: "EOF"},
			"read the command: fd 3: protocol error (EOF)", false, false},
	}
	for _, test := range tests {
		init := &initproc.InitError{Status: test.status}
		wrapped := &StepError{"await the command", init}
		if got, want := wrapped.Error(), "await the command: "+test.text; got != want {
			t.Errorf("text %q, want %q", got, want)
		}
		for _, err := range []error{init, wrapped, fmt.Errorf("wrapped: %w", wrapped)} {
			if NotFound(err) != test.notFound || NotExecutable(err) != test.notExecutable {
				t.Errorf("%v: NotFound %v, NotExecutable %v", err, NotFound(err), NotExecutable(err))
			}
			if !errors.Is(err, test.status.Errno) {
				t.Errorf("%v does not unwrap to its errno", err)
			}
		}
	}
}

func TestOtherErrorsAreNotTheCommands(t *testing.T) {
	for _, err := range []error{nil, unix.ENOENT, syscall.EACCES, errors.New("x"), &StepError{"create cgroups", unix.ENOENT}} {
		if NotFound(err) || NotExecutable(err) {
			t.Errorf("%v is taken for the command's fault", err)
		}
	}
}

func TestCauseOfStepErrors(t *testing.T) {
	for err, want := range map[error]string{
		unix.EMFILE: "open streams: create a pipe: too many open files (the limit on open files is reached: ulimit -n)",
		unix.ENFILE: "open streams: create a pipe: too many open files in system (the host's limit on open files is reached: /proc/sys/fs/file-max)",
		unix.EINVAL: "open streams: create a pipe: invalid argument",
	} {
		step := inStep("open streams", fmt.Errorf("create a pipe: %w", err))
		if step.Error() != want || !errors.Is(step, err) {
			t.Errorf("got %q, want %q", step, want)
		}
	}
}

// Who has no user namespace, or whose command cannot be executed, is told nothing of
// what forbids user namespaces.
func TestExplainError(t *testing.T) {
	notFound := &initproc.InitError{Status: wire.Status{Step: wire.StepLookUp, Errno: unix.EACCES}}
	own := &users.UserNamespace{UIDs: []spec.IDMap{{Host: uint32(os.Geteuid()), Size: 1}}}
	for _, test := range []struct {
		users *users.UserNamespace
		err   error
	}{{nil, unix.EPERM}, {&users.UserNamespace{}, unix.EINVAL}, {own, notFound}} {
		r := &run{userNamespace: test.users}
		if got := r.explainError(test.err); !errors.Is(got, test.err) || got.Error() != test.err.Error() {
			t.Errorf("%v became %v", test.err, got)
		}
	}
}

// Where the container's users are others outside, a file that is closed to them is told
// so.
func TestExplainErrorOfOthers(t *testing.T) {
	refused := &initproc.InitError{Status: wire.Status{Step: wire.StepDir, Operand: "/root", Errno: unix.EACCES}}
	other := &users.UserNamespace{UIDs: []spec.IDMap{{Host: uint32(os.Geteuid()) + 100000, Size: 10}}}
	got := (&run{userNamespace: other}).explainError(refused)
	if want := fmt.Sprintf("outside, the container's users are %d to %d", os.Geteuid()+100000, os.Geteuid()+100009); !errors.Is(got, unix.EACCES) || !strings.Contains(got.Error(), want) {
		t.Errorf("%v, want %q in it", got, want)
	}
}
