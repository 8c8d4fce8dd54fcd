package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// An awk program in single quotes, and the options in front of it.
var awkCall = regexp.MustCompile(`\bawk ((?:-F *'[^']*' |-F\S+ |-v \w+=\S+ )*)'([^']*)'`)

// Each awk that Debian has reads the awk programs of our scripts. gawk takes some
// names for functions of its own, such as load, and busybox knows the least.
func TestNativeAwk(t *testing.T) {
	awks := map[string][]string{"mawk": {"mawk"}, "gawk": {"gawk"}, "busybox": {"busybox", "awk"}}
	scripts, err := filepath.Glob("../scripts/*.sh")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, script := range append(scripts, "../Makefile") {
		content, err := os.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range awkCall.FindAllStringSubmatch(string(content), -1) {
			found++
			for name, awk := range awks {
				line := `exec "$@" ` + call[1] + `'BEGIN { exit } ` + call[2] + `' /dev/null`
				output, err := exec.Command("sh", append([]string{"-c", line, "sh"}, awk...)...).CombinedOutput()
				if err != nil {
					t.Errorf("%s: %s (apt-get install %s) cannot read %q: %v\n%s", script, name, name, call[0], err, output)
				}
			}
		}
	}
	if found < 15 {
		t.Errorf("only %d awk programs were found", found)
	}
}
