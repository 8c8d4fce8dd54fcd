package cmd_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// makeBundle makes it anew: engines make mount points in it.
func (l *differential) makeBundle(t *testing.T, d *draw, config []byte) {
	root := filepath.Join(l.bundle, "rootfs")
	err := errors.Join(os.RemoveAll(root), os.RemoveAll(l.notes), os.WriteFile(l.notes, nil, 0o666), os.Chmod(l.notes, 0o666),
		os.WriteFile(filepath.Join(l.bundle, "config.json"), config, 0o644))
	for _, dir := range []string{"", "proc", "sys", "dev", "tmp", "etc", "data", "bin", "real", "copied", "closed", "extra"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(root, dir), 0o755))
	}
	err = errors.Join(err, os.Link(l.probe, filepath.Join(root, "probe")), os.Symlink("/real", filepath.Join(root, "link")),
		os.Symlink("/proc", filepath.Join(root, "to-proc")), os.WriteFile(filepath.Join(root, "copied", "file"), []byte("x"), 0o640),
		os.WriteFile(filepath.Join(root, "etc/passwd"), []byte("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"), 0o644),
		os.Chmod(filepath.Join(root, "closed"), 0o700))
	if d.has("user") {
		err = errors.Join(err, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Base(path) == "probe" {
				return err
			}
			return os.Lchown(path, ociMapped, ociMapped)
		}))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run has an engine run what is in the bundle.
func (l *differential) run(t *testing.T, engine ociEngine) seen {
	pidFile := l.bundle + "-pid"
	if err := os.RemoveAll(pidFile); err != nil {
		t.Fatal(err)
	}
	const id = "probe"
	words := slices.Concat(engine.words, []string{"run", "--bundle", l.bundle, "--pid-file", pidFile, id})
	command := exec.Command(words[0], words[1:]...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "OF_THE_CALLER=1"}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stderr := &bytes.Buffer{}
	command.Stderr = stderr
	command.WaitDelay = time.Second
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() {
		_ = unix.Kill(-command.Process.Pid, unix.SIGKILL)
		l.removeCgroups(t) // and what is in them
	})
	result := seen{}
	lines := bufio.NewReader(stdout)
	ended := l.read(lines, result)
	if ended {
		l.look(t, pidFile, result)
	}
	_, err = io.WriteString(stdin, "\n")
	err = errors.Join(ignoreEPIPE(err), stdin.Close())
	if err != nil {
		t.Error(err)
	}
	l.read(lines, result)
	_ = command.Wait() // its state says all
	if !timer.Stop() {
		t.Errorf("%s did not end", engine.name)
	}
	result["stderr"] = strings.TrimSpace(stderr.String())
	result["outcome"] = "refused"
	if ended {
		result["outcome"] = "runs"
		result["exit"] = strconv.Itoa(command.ProcessState.ExitCode())
		notes, err := os.ReadFile(l.notes)
		if err != nil {
			t.Fatal(err)
		}
		result["notes"] = string(notes)
	} else if command.ProcessState.ExitCode() == 0 {
		result["outcome"] = "succeeds without running"
	}
	result["left"] = l.left(t, engine, id)
	return result
}

func ignoreEPIPE(err error) error {
	if errors.Is(err, unix.EPIPE) {
		return nil
	}
	return err
}

// read takes the fields that the probe prints, until the end of these.
func (l *differential) read(lines *bufio.Reader, result seen) (ended bool) {
	for {
		line, err := lines.ReadString('\n')
		if strings.TrimSpace(line) == "end" { // a terminal adds a return
			return true
		}
		key, quoted, ok := strings.Cut(strings.TrimSpace(line), " ")
		value, unquoting := strconv.Unquote(quoted)
		if ok && unquoting == nil {
			result[key] = l.named(key, value)
		}
		if err != nil {
			return false
		}
	}
}

// named says in the place of a namespace's number whose it is.
func (l *differential) named(key, value string) string {
	file, ok := strings.CutPrefix(key, "namespace:")
	switch {
	case !ok:
		return value
	case value == l.own[file]:
		return "the host's"
	case value == l.heldAs[file]:
		return "the one that is there"
	}
	return "new"
}
