package containers

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/state"
)

// newState is an empty directory of mydocker's state, which the commands use.
func newState(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(state.Variable, dir)
	return dir
}

// mydocker runs a command of this package, and returns what it prints, and as a line each what
// has failed.
func mydocker(t *testing.T, args ...string) (output, failed string) {
	t.Helper()
	var printed bytes.Buffer
	app := &cli.Command{Name: "mydocker", Commands: Commands(), Writer: &printed, ErrWriter: &printed, UseShortOptionHandling: true}
	err := app.Run(context.Background(), append([]string{"mydocker"}, args...))
	if several := (*exit.FailedError)(nil); err != nil && errors.As(err, &several) {
		failed = "1:"
		for _, one := range several.Errors {
			failed += "\n" + one.Error()
		}
	} else if err != nil {
		failed = err.Error()
	}
	return printed.String(), failed
}

// expect runs a command and compares.
func expect(t *testing.T, args, wantOutput, wantFailed string) {
	t.Helper()
	output, failed := mydocker(t, strings.Fields(args)...)
	if output != wantOutput {
		t.Errorf("%s prints\n%swant\n%s", args, output, wantOutput)
	}
	if failed != wantFailed {
		t.Errorf("%s fails with %q, want %q", args, failed, wantFailed)
	}
}

func TestSystem(t *testing.T) {
	newState(t)
	expect(t, "system df", "TYPE         TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"+
		"Images       0         0         0B        0B\nContainers   0         0         0B        0B\nLeftovers    -         -         0B        0B\n", "")
	expect(t, "system df --format {{.Type}}:{{.TotalCount}}:{{.Active}}", "Images:0:0\nContainers:0:0\nLeftovers:-:-\n", "")
	expect(t, "system df -v --format json", "", "df: -v and --format exclude each other")
	if output, failed := mydocker(t, "system", "df", "-v"); !strings.Contains(output, "\nContainers space usage:\n") || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
	expect(t, "system check", "the store is whole\n", "")
	if output, failed := mydocker(t, "system", "prune", "-a", "-f"); !strings.Contains(output, "Total reclaimed space: ") || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
}
