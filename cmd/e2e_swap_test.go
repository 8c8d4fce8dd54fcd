package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// swapSize is more than the scripts of testdata/swap use of it, in bytes.
const swapSize = 80 << 20

// TestSwap runs the scripts of testdata/swap, which need swap on the machine. It is
// there for no other test: what a limit on memory does is another matter then.
func TestSwap(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: swapon")
	}
	if err := swapOn(t); err != nil {
		t.Skipf("this machine cannot have swap: %v", err)
	}
	runScripts(t, "swap")
}

// swapOn gives the machine swap until the end of the test, in a file, or where the
// file system has no blocks that could be swapped to, such as tmpfs, in a loop
// device on the file.
func swapOn(t *testing.T) error {
	if swaps, err := os.ReadFile("/proc/swaps"); err == nil && strings.Count(string(swaps), "\n") > 1 {
		return nil
	}
	area := filepath.Join(t.TempDir(), "swap")
	if err := os.WriteFile(area, make([]byte, swapSize), 0o600); err != nil { // with no holes
		return err
	}
	if _, err := lastLine("mkswap", area); err != nil {
		return err
	}
	if _, err := lastLine("swapon", area); err != nil {
		device, loopErr := lastLine("losetup", "-f", "--show", area)
		if loopErr != nil {
			return fmt.Errorf("%w, %w", err, loopErr)
		}
		area = device
		t.Cleanup(func() { check(t, "losetup", "-d", device) })
		if _, err := lastLine("swapon", device); err != nil {
			return err
		}
	}
	t.Cleanup(func() { check(t, "swapoff", area) })
	return nil
}

// lastLine runs a program and returns its last line.
func lastLine(name string, args ...string) (string, error) {
	all, err := exec.Command(name, args...).CombinedOutput()
	lines := strings.Split(strings.TrimSpace(string(all)), "\n")
	last := lines[len(lines)-1]
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, last)
	}
	return last, nil
}

func check(t *testing.T, name string, args ...string) {
	if _, err := lastLine(name, args...); err != nil {
		t.Error(err)
	}
}
