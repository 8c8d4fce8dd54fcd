package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What "go build ." makes is the full program alone. It does everything, run too.
func TestNativeFullAlone(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, as the scripts do")
	}
	binary := filepath.Join(t.TempDir(), "mydocker")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "..")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	env := []string{"MYDOCKER_STATE=" + t.TempDir(), "MYDOCKER_CONFIG=/dev/null"}
	for command, want := range map[string]string{
		"run --cgroup-parent /mydocker-full -- echo a -m": "a -m\n",
		"run --help":        "Usage: mydocker run ",
		"version":           "mydocker version ",
		"help doctor":       "Usage: mydocker doctor ",
		"images":            "REPOSITORY ",
		"docker image ls":   "REPOSITORY ",
		"docker run --help": "Usage: docker run ",
		"complete ru":       "run\t",
		"run --cgroup-parent /mydocker-full -- " + binary + " --version": "mydocker version ",
	} {
		if text := printed(t, ".", env, append([]string{binary}, strings.Fields(command)...)...); !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in:\n%s", command, want, text)
		}
	}
}
