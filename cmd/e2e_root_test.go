package cmd_test

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdBusyboxRoot is "busybox-root DIR...": each becomes a root file system that holds
// busybox alone, as small images do: its programs in /bin, two accounts, root and
// nobody, and the directories that a container expects.
func cmdBusyboxRoot(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "busybox-root DIR...")
	program := staticBusybox(ts)
	for _, dir := range args {
		makeBusyboxRoot(ts, program, ts.MkAbs(dir))
	}
}

// staticBusybox is the path of busybox. It has to be static: a root with nothing else
// in it has no libraries.
func staticBusybox(ts *testscript.TestScript) string {
	program, err := exec.LookPath("busybox")
	if err != nil {
		ts.Fatalf("busybox is missing: apt-get install busybox-static")
	}
	file, err := elf.Open(program)
	ts.Check(err)
	defer func() { ts.Check(file.Close()) }()
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		ts.Fatalf("%s is not static: apt-get install busybox-static", program)
	}
	return program
}

func makeBusyboxRoot(ts *testscript.TestScript, program, root string) {
	for _, dir := range []string{"bin", "dev", "etc", "home", "mnt", "proc", "root", "run", "sys", "tmp", "var/tmp"} {
		ts.Check(os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	ts.Check(os.Chmod(root, 0o755)) // a script's umask is nobody's
	for dir, mode := range map[string]os.FileMode{"root": 0o700, "tmp": 0o777 | os.ModeSticky, "var/tmp": 0o777 | os.ModeSticky} {
		ts.Check(os.Chmod(filepath.Join(root, dir), mode))
	}
	for name, content := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/sh\n",
		"etc/group":  "root:x:0:\nnobody:x:65534:\n",
	} {
		ts.Check(os.WriteFile(filepath.Join(root, name), []byte(content), 0o644))
	}
	binary, err := os.ReadFile(program)
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(root, "bin/busybox"), binary, 0o755))
	applets, err := exec.Command(program, "--list").Output()
	ts.Check(err)
	for applet := range strings.FieldsSeq(string(applets)) {
		if applet != "busybox" {
			ts.Check(os.Symlink("busybox", filepath.Join(root, "bin", applet)))
		}
	}
	ts.Check(os.Symlink("/run", filepath.Join(root, "var/run"))) // absolute, as Debian had it
}

// cmdDebianRoot is "debian-root NAME": the variable NAME becomes the directory of a
// Debian root, which is everybody's, so only a layer over it may be written to. It is
// made where there is none yet, which takes half a minute and a network.
func cmdDebianRoot(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "debian-root NAME")
	command := exec.Command("../scripts/debian-root.sh")
	var stderr strings.Builder
	command.Stderr = &stderr
	dir, err := command.Output()
	if err != nil {
		ts.Fatalf("scripts/debian-root.sh: %v\n%s", err, stderr.String())
	}
	ts.Setenv(args[0], strings.TrimSpace(string(dir)))
}
