package containers

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

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
	expect(t, "system df", "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"+
		"Images          0         0         0B        0B\nContainers      0         0         0B        0B\n"+
		"Local Volumes   0         0         0B        0B\nLeftovers       -         -         0B        0B\n", "")
	expect(t, "system df --format {{.Type}}:{{.TotalCount}}:{{.Active}}", "Images:0:0\nContainers:0:0\nLocal Volumes:0:0\nLeftovers:-:-\n", "")
	expect(t, "system df -v --format json", "", "df: -v and --format exclude each other")
	if output, failed := mydocker(t, "system", "df", "-v"); !strings.Contains(output, "\nContainers space usage:\n") || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
	expect(t, "system check", "the store is whole\n", "")
	if output, failed := mydocker(t, "system", "prune", "-a", "-f"); !strings.Contains(output, "Total reclaimed space: ") || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
}

func TestPrune(t *testing.T) {
	dir := newState(t)
	made := func(id string, change func(r *state.Record)) {
		keep(t, dir, id, "", func(r *state.Record) {
			r.Life = state.Life{Status: state.StatusExited, Exited: &base}
			change(r)
		})
	}
	made("aaaaaaaaaaaa", func(r *state.Record) { r.Config.Labels = map[string]string{"keep": "yes", "one": "1"} })
	made("bbbbbbbbbbbb", func(r *state.Record) { r.Created = base.Add(48 * time.Hour) })
	made("cccccccccccc", func(r *state.Record) {
		r.Config.Labels, r.Life = map[string]string{"one": "2"}, state.Life{Status: state.StatusCreated}
	})
	made("dddddddddddd", func(r *state.Record) { r.Life = state.Life{Status: state.StatusRunning} }) // its supervisor was killed
	const none, removed = "Total reclaimed space: 0B\n", "Deleted Containers:\n"
	sizes := regexp.MustCompile(`space: [0-9].*B\n`)
	for _, test := range []struct{ args, want string }{
		{"--filter label=nosuch", none},
		{"--filter until=2000-01-01", none},
		{"--filter label=one=2", removed + "cccccccccccc\n\n" + none},
		{"--filter label!=keep --filter until=2026-03-02", removed + "dddddddddddd\n\n" + none},
		{"--filter label=keep --filter label=one=2", none},
		{"", removed + "bbbbbbbbbbbb\naaaaaaaaaaaa\n\n" + none},
		{"", none},
	} {
		output, failed := mydocker(t, strings.Fields("container prune -f "+test.args)...)
		if output = sizes.ReplaceAllString(output, "space: 0B\n"); output != test.want || failed != "" {
			t.Errorf("%s: %q%s, want %q", test.args, output, failed, test.want)
		}
	}
	expect(t, "container prune -f --filter name=x", "", `invalid value "name=x" for --filter: there are until, label, label!`)
	expect(t, "system prune -f --volumes --filter until=1h", "",
		"prune: nobody knows since when a volume is not used: the filter until and --volumes exclude each other")
}

func TestPort(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "web", nil)
	expect(t, "port web", "", "")
	expect(t, "container port aaa", "", "")
	expect(t, "port web 80", "", "1:\nno public port '80/tcp' published for web")
	expect(t, "port web 80/udp", "", "1:\nno public port '80/udp' published for web")
	expect(t, "port web x", "", `1:
"x" is not a port such as 80 or 80/udp`)
	expect(t, "port nosuch", "", "1:\nNo such container: nosuch")
	expect(t, "port", "", "port: no container given")
}

func TestInfo(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "web", nil)
	keep(t, dir, "bbbbbbbbbbbb", "", func(r *state.Record) { r.Status = state.StatusCreated })
	expect(t, "info --format {{.Containers}}:{{.ContainersStopped}}:{{.ContainersRunning}}:{{.Driver}}:{{.OSType}}:{{.DockerRootDir}}",
		"2:2:0:overlay:linux:"+dir+"\n", "")
	output, failed := mydocker(t, "system", "info")
	for _, want := range []string{"Containers: 2\n Running: 0\n", "\nCgroup Version: ", "\nKernel Version: ", "\nCPUs: "} {
		if !strings.Contains(output, want) || failed != "" {
			t.Errorf("%q is not in %s%s", want, output, failed)
		}
	}
	if output, failed := mydocker(t, "info", "--format", "json"); !strings.HasPrefix(output, `{"Containers":2,`) || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
	if _, failed := mydocker(t, "info", "--format", "{{.Nosuch}}"); !strings.Contains(failed, "Nosuch") {
		t.Error(failed)
	}
}

// A command is completed by the containers that it can do something with.
func TestWords(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "ended", func(r *state.Record) { r.Life = state.Life{Status: state.StatusExited, Exited: &base} })
	keep(t, dir, "bbbbbbbbbbbb", "", func(r *state.Record) { r.Status, r.Created = state.StatusCreated, base.Add(time.Hour) })
	keep(t, dir, "cccccccccccc", "up", func(r *state.Record) { r.Status, r.Created = state.StatusRunning, base.Add(2*time.Hour) })
	keep(t, dir, "dddddddddddd", "paused", func(r *state.Record) { r.Status, r.Created = state.StatusPaused, base.Add(3*time.Hour) })
	for _, name := range []string{"up", "paused"} { // whose supervisors are these
		c, err := state.OpenToRemove(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	for _, test := range []struct{ name, before, want string }{
		{"start", "", "bbbbbbbbbbbb ended"}, {"start", "ended", "bbbbbbbbbbbb"}, {"stop", "", "paused up"}, {"kill", "up", "paused"},
		{"pause", "", "up"}, {"unpause", "", "paused"}, {"exec", "", "up"}, {"exec", "up", ""}, {"rename", "", "paused up bbbbbbbbbbbb ended"},
	} {
		words, known := Words(&cli.Command{Name: test.name}, strings.Fields(test.before))
		var got []string
		for _, word := range words {
			got = append(got, word.Value)
		}
		if text := strings.Join(got, " "); text != test.want || !known {
			t.Errorf("%s %s: %q, %t, want %q", test.name, test.before, text, known, test.want)
		}
	}
	if _, known := Words(&cli.Command{Name: "pull"}, nil); known {
		t.Error("pull is for no container")
	}
}
