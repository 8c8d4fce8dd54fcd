package containers

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
)

var base = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ptr[T any](value T) *T { return &value }

// keep makes the directory of a container, which nobody has locked; change says what it is like.
func keep(t testing.TB, dir, id, name string, change func(r *state.Record)) {
	t.Helper()
	r := &state.Record{
		Version: state.RecordVersion, ID: id, Name: name, Image: "busybox", Manifest: image.NewDigest(make([]byte, 32)), Created: base,
		Config: image.RunConfig{Cmd: []string{"sh", "-c", "exit 3"}},
	}
	if change != nil {
		change(r)
	}
	c, err := state.Create(dir, r)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestStatusOf(t *testing.T) {
	at := func(ago time.Duration) *time.Time { return ptr(base.Add(-ago)) }
	for _, test := range []struct {
		life    state.Life
		running bool
		want    string
	}{
		{state.Life{Status: state.StatusCreated}, false, "Created"},
		{state.Life{Status: state.StatusCreated}, true, "Created"}, // it is being started
		{state.Life{Status: state.StatusRunning, Started: at(5 * time.Minute)}, true, "Up 5 minutes"},
		{state.Life{Status: state.StatusRunning}, true, "Up 2 hours"},
		{state.Life{Status: state.StatusRunning, Started: at(time.Second), HealthStatus: "starting"}, true, "Up 1 second (health: starting)"},
		{state.Life{Status: state.StatusRunning, Started: at(time.Second), HealthStatus: "healthy"}, true, "Up 1 second (healthy)"},
		{state.Life{Status: state.StatusRunning, Started: at(time.Second), HealthStatus: "unhealthy"}, true, "Up 1 second (unhealthy)"},
		{state.Life{Status: state.StatusPaused, Started: at(5 * time.Minute)}, true, "Up 5 minutes (Paused)"},
		{state.Life{Status: state.StatusRestarting, Exited: at(3 * time.Second), ExitCode: 1}, true, "Restarting (1) 3 seconds ago"},
		{state.Life{Status: state.StatusExited, Exited: at(2 * time.Hour)}, false, "Exited (0) 2 hours ago"},
		{state.Life{Status: state.StatusExited, Exited: at(0), ExitCode: 137}, false, "Exited (137) Less than a second ago"},
		{state.Life{Status: state.StatusRunning, Started: at(time.Hour), Boot: "this"}, false, "Dead (supervisor killed)"},
		{state.Life{Status: state.StatusPaused, Started: at(time.Hour), Boot: "another"}, false, "Dead (host rebooted)"},
		{state.Life{Status: state.StatusRestarting, Exited: at(time.Hour)}, false, "Dead (supervisor killed)"},
		{state.Life{}, true, "Up 2 hours"}, // foreground runs
		{state.Life{}, false, "Exited (unknown)"},
		{state.Life{Exited: at(time.Minute), ExitCode: 2}, false, "Exited (2) About a minute ago"},
	} {
		l := &state.Listed{Record: state.Record{Created: base.Add(-2 * time.Hour), Life: test.life}, Running: test.running}
		if got := statusOf(l, "this", base); got != test.want {
			t.Errorf("%+v, %t: %q, want %q", test.life, test.running, got, test.want)
		}
	}
}

// What there is of a container has a title, and a place in the order of the JSON.
func TestHeaders(t *testing.T) {
	fields, header := reflect.TypeFor[containerRow](), containerHeader()
	before := ""
	for n := range fields.NumField() {
		name := fields.Field(n).Name
		if !fields.Field(n).IsExported() {
			continue
		}
		if header[name] == "" || name < before {
			t.Errorf("%s: no title, or not in order", name)
		}
		delete(header, name)
		before = name
	}
	if len(header) > 0 {
		t.Errorf("titles of nothing: %v", header)
	}
}

// ids runs ps, and returns the ids that it prints, each shortened to one letter.
func ids(t *testing.T, args ...string) string {
	t.Helper()
	output, failed := mydocker(t, append([]string{"ps", "-q"}, args...)...)
	if failed != "" {
		t.Errorf("%q: %s", args, failed)
	}
	var text strings.Builder
	for id := range strings.Lines(output) {
		text.WriteString(id[:1])
	}
	return text.String()
}

func TestFilters(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "web", func(r *state.Record) {
		r.Life = state.Life{Status: state.StatusExited, Exited: &base}
		r.Config.Labels = map[string]string{"one": "1", "two": "a,b"}
		r.Volumes = []state.VolumeUse{{Name: "data", Target: "/var/data"}}
		r.Config.ExposedPorts = map[string]struct{}{"80/tcp": {}, "53/udp": {}}
	})
	keep(t, dir, "bbbbbbbbbbbb", "web-2", func(r *state.Record) {
		r.Life, r.Created = state.Life{Status: state.StatusRunning, HealthStatus: "healthy"}, base.Add(time.Hour)
		r.Config.Labels = map[string]string{"one": "2"}
	})
	keep(t, dir, "cccccccccccc", "", func(r *state.Record) {
		r.Life, r.Created = state.Life{Status: state.StatusCreated}, base.Add(2*time.Hour)
	})
	keep(t, dir, "dddddddddddd", "db", func(r *state.Record) {
		r.Life, r.Created = state.Life{Status: state.StatusExited, Exited: &base, ExitCode: 3}, base.Add(3*time.Hour)
	})
	for filters, want := range map[string]string{
		"":                                "dcba",
		"id=a":                            "a",
		"id=bb":                           "b",
		"id=^b":                           "",
		"id=":                             "",
		"id=c name=web":                   "",
		"name=":                           "dcba",
		"name=web":                        "ba",
		"name=^web$":                      "a",
		"name=^/web$":                     "a",
		"name=/db":                        "d",
		"name=we name=d":                  "dba",
		"label=one":                       "ba",
		"label=one=1":                     "a",
		"label=one label=two=a,b":         "a",
		"label=three":                     "",
		"status=exited":                   "da",
		"status=created status=dead":      "cb",
		"status=running":                  "",
		"status=removing":                 "",
		"exited=3":                        "d",
		"exited=0 exited=3":               "da",
		"ancestor=nosuch":                 "",
		"before=dddddddddddd since=web":   "cb",
		"since=db":                        "",
		"health=healthy":                  "b",
		"health=none":                     "dca",
		"volume=data":                     "a",
		"volume=/var/data":                "a",
		"volume=/var":                     "",
		"network=nosuch":                  "",
		"publish=80":                      "",
		"expose=80":                       "a",
		"expose=80/udp":                   "",
		"expose=50-60/udp":                "a",
		"is-task=true":                    "",
		"is-task=false status=exited":     "da",
		"name=web status=exited exited=0": "a",
	} {
		args := []string{"-a"}
		for _, filter := range strings.Fields(filters) {
			args = append(args, "-f", filter)
		}
		if got := ids(t, args...); got != want {
			t.Errorf("%s: %q, want %q", filters, got, want)
		}
	}
	for args, want := range map[string]string{
		"": "", "-l": "d", "-n 2": "dc", "-n 9": "dcba", "-n 0": "", "-n 1 -f name=web": "b", "-f status=created": "c", "-f exited=3": "d",
	} {
		if got := ids(t, strings.Fields(args)...); got != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
	for filter, want := range map[string]string{
		"nosuch=1":      "there are ancestor, before,",
		"name":          "it is KEY=VALUE",
		"status=up":     "the filter status: there are created,",
		"health=ill":    "the filter health: there are starting,",
		"exited=x":      "not the exit code of a program",
		"exited=256":    "not the exit code of a program",
		"publish=x":     "not a port such as",
		"expose=9-8":    "not a port such as",
		"expose=80/foo": "not a port such as",
		"is-task=maybe": "neither true nor false",
		"name=[":        "missing closing ]",
		"before=nosuch": "No such container: nosuch",
	} {
		if output, failed := mydocker(t, "ps", "-f", filter); !strings.Contains(failed, want) || output != "" {
			t.Errorf("%s: %s%s, want %s", filter, output, failed, want)
		}
	}
}

func TestFormats(t *testing.T) {
	dir := newState(t)
	keep(t, dir, "aaaaaaaaaaaa", "web", func(r *state.Record) {
		r.Life = state.Life{
			Status: state.StatusExited, Started: &base, Exited: ptr(base.Add(time.Minute)), ExitCode: 137, Reason: "it was stopped",
			StoppedBy: "stop by user 0", Restarts: 2,
			Usage: &state.Usage{
				CPUTimeUsec: ptr(int64(1_234_567)), PeakMemory: ptr(int64(3 << 20)), OOMKills: ptr(int64(1)),
				MemoryLimit: ptr(int64(256 << 20)), CPULimit: ptr(1.5), PidsLimit: ptr(int64(100)),
			},
		}
		r.Config.Labels = map[string]string{"b.c-d": "e", "a": "f"}
		r.Volumes = []state.VolumeUse{{Name: "a-volume-with-a-long-name"}, {Name: "other"}}
	})
	for format, want := range map[string]string{
		"{{.Names}} {{.State}} {{.Command}}":                               `web exited "sh -c 'exit 3'"`,
		"{{.CPUTime}} {{.PeakMemory}} {{.OOMKills}} {{.Limits}}":           "1.235s 3MiB 1 memory=256MiB cpus=1.5 pids-limit=100",
		"{{.Reason}}, {{.StoppedBy}}, {{.ExitCode}}, {{.RestartCount}}":    "it was stopped, stop by user 0, 137, 2",
		`{{.Labels}} {{.Label "b.c-d"}} {{.Label "nosuch"}}`:               "a=f,b.c-d=e e ",
		"{{.Mounts}} {{.LocalVolumes}}":                                    "a-volume-with-…,other 2",
		"{{.Size}}":                                                        "0B (virtual 0B)",
		`table {{.ID}}\t{{.OOMKills}}\t{{.StoppedBy}}\t{{.Label "b.c-d"}}`: "CONTAINER ID   OOM KILLS   STOPPED BY       c d\naaaaaaaaaaaa   1           stop by user 0   e",
	} {
		output, failed := mydocker(t, "ps", "-a", "--format", format)
		if strings.TrimRight(output, "\n") != want || failed != "" {
			t.Errorf("%s: %q%s, want %q", format, output, failed, want)
		}
	}
	output, failed := mydocker(t, "ps", "-a", "--no-trunc", "--format", "{{.Mounts}}")
	if output != "a-volume-with-a-long-name,other\n" || failed != "" {
		t.Errorf("%s%s", output, failed)
	}
	var fields map[string]string
	output, _ = mydocker(t, "ps", "-a", "--format", "json")
	if err := json.Unmarshal([]byte(output), &fields); err != nil || len(fields) != len(containerHeader()) || fields["Names"] != "web" {
		t.Errorf("%v: %s", err, output)
	}
	if output, failed := mydocker(t, "ps", "--format", "{{.Nosuch}}"); output != "" || failed != "" {
		t.Errorf("of no container: %s%s", output, failed)
	}
	if _, failed := mydocker(t, "ps", "-a", "--format", "{{.Nosuch}}"); !strings.Contains(failed, "can't evaluate field Nosuch: there are CPUTime, ") {
		t.Error(failed)
	}
	if _, failed := mydocker(t, "ps", "-s", "-a"); failed != "" {
		t.Error(failed)
	}
	if _, failed := mydocker(t, "ps", "web"); !strings.Contains(failed, "one argument too many") {
		t.Error(failed)
	}
}

// A table fits the terminal, whatever is in it, as long as ids, statuses and names do.
func TestFit(t *testing.T) {
	row := containerRow{
		ID: "aaaaaaaaaaaa", Image: "registry.example.com/team/project/service:2026.11.29", Command: `"/usr/local/bin/en…"`,
		RunningFor: "About a minute ago", Status: "Up About a minute (health: starting)", Names: "some-name_of_1",
	}
	for width, want := range map[int]string{
		200: "ID Image Command RunningFor Status Ports Names",
		140: "ID Image Command RunningFor Status Names",
		120: "ID Image Command Status Names",
		90:  "ID Image Status Names",
		75:  "ID Status Names",
		20:  "ID Status Names",
	} {
		rows, columns := fit([]containerRow{row}, containerColumns(false), width)
		if got := strings.Join(columns, " "); got != want {
			t.Errorf("%d: %s, want %s", width, got, want)
		}
		if length := lineWidth(containerHeader(), rows, columns); length > max(width, 71) {
			t.Errorf("%d: a line of %d", width, length)
		}
		if rows[0].Names != row.Names || rows[0].ID != row.ID || rows[0].Status != row.Status {
			t.Errorf("%d: %+v", width, rows[0])
		}
	}
	row.Ports = "80/tcp"
	if _, columns := fit([]containerRow{row}, containerColumns(false), 150); len(columns) != 7 {
		t.Errorf("ports are hidden: %v", columns)
	}
}

func TestColour(t *testing.T) {
	rows := []containerRow{
		{ID: "1", State: "running", Status: "Up"}, {ID: "2", State: "exited", Status: "Exited (0)", ExitCode: "0"},
		{ID: "…", State: "exited", Status: "Exited (1)", ExitCode: "1"}, {ID: "4", State: "running", Status: "Up", Health: "unhealthy"},
		{ID: "5", State: "paused", Status: "Up (Paused)"}, {ID: "6", State: "created", Status: "Created"}, {ID: "7", State: "dead", Status: "Dead"},
	}
	var text strings.Builder
	list := table.List[containerRow]{Default: template([]string{"ID", "Status", "Names"}), Header: containerHeader()}
	if err := list.Print(&text, rows); err != nil {
		t.Fatal(err)
	}
	coloured := colour(text.String(), rows)
	for _, want := range []string{
		"1              \x1b[32mUp\x1b[39m ", "2              Exited (0)  ", "…              \x1b[31mExited (1)\x1b[39m ", "\x1b[31mUp\x1b[39m",
		"\x1b[33mUp (Paused)\x1b[39m", "6              Created", "\x1b[31mDead\x1b[39m",
	} {
		if !strings.Contains(coloured, want) {
			t.Errorf("%q is not in %q", want, coloured)
		}
	}
	if plainText := strings.NewReplacer(green, "", red, "", yellow, "", plain, "").Replace(coloured); plainText != text.String() || !utf8.ValidString(coloured) {
		t.Errorf("%q", coloured)
	}
	if got := colour("NAMES\nx\n", rows[:1]); got != "NAMES\nx\n" {
		t.Errorf("without that column: %q", got)
	}
}

// Many are listed, each once.
func TestThousand(t *testing.T) {
	dir := newState(t)
	for n := range 1000 {
		keep(t, dir, fmt.Sprintf("%012x", n+1), fmt.Sprintf("many-%d", n), func(r *state.Record) {
			r.Created = base.Add(time.Duration(n) * time.Second)
			r.Life = state.Life{Status: state.StatusExited, Exited: &base}
		})
	}
	output, failed := mydocker(t, "ps", "-a", "--format", "{{.Names}}")
	lines := strings.Fields(output)
	if failed != "" || len(lines) != 1000 || lines[0] != "many-999" || lines[999] != "many-0" {
		t.Errorf("%d lines: %s", len(lines), failed)
	}
}

// No filter of anybody's makes mydocker fail in another way than by an error.
func FuzzFilters(f *testing.F) {
	for _, seed := range []string{"name=^/a", "expose=1-2/udp", "exited=256", "status=dead", "before=x", "label=a=b"} {
		f.Add(seed)
	}
	all := []state.Listed{{Record: state.Record{ID: "aaaaaaaaaaaa", Config: image.RunConfig{ExposedPorts: map[string]struct{}{"1/udp": {}}}}}}
	f.Fuzz(func(t *testing.T, text string) {
		wanted, err := parseContainerFilters([]string{text})
		if err != nil {
			return
		}
		named := len(wanted.Filters["before"]) + len(wanted.Filters["since"]) // containers, which are not there
		if _, err := wanted.choose("/nosuch", all); err != nil && named == 0 {
			t.Errorf("%q is a filter, and cannot be used: %v", text, err)
		}
	})
}
