package containers

import (
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/events"
)

// write writes some events, each a second later than the one before.
func write(t *testing.T, dir string) {
	t.Helper()
	at := base
	for _, e := range []*events.Event{
		events.Of(events.TypeImage, events.Pull, "busybox:latest", "busybox"),
		events.OfContainer(events.Create, "aaaaaaaaaaaa", "web", "busybox:1", map[string]string{"a": "b"}),
		events.OfContainer(events.HealthStatus+": healthy", "aaaaaaaaaaaa", "web", "busybox:1", map[string]string{"a": "b"}),
		events.OfContainer(events.Die, "bbbbbbbbbbbb", "db", "example.com:5000/x", nil, "exitCode", "3"),
		events.Of(events.TypeVolume, events.Create, "data", "", "driver", "local"),
	} {
		at = at.Add(time.Second)
		e.Time = at.UnixNano()
		events.Write(dir, e)
	}
}

func TestEvents(t *testing.T) {
	dir := newState(t)
	write(t, dir)
	for args, want := range map[string]string{
		"":                                      "pull create health_status:\u00a0healthy die create",
		"-f type=container":                     "create health_status:\u00a0healthy die",
		"-f type=container -f type=volume":      "create health_status:\u00a0healthy die create",
		"-f event=die":                          "die",
		"-f event=health_status":                "health_status:\u00a0healthy",
		"-f container=web":                      "create health_status:\u00a0healthy",
		"-f container=w -f event=create":        "create",
		"-f container=bbb":                      "die",
		"-f image=busybox":                      "pull create health_status:\u00a0healthy",
		"-f image=busybox:1":                    "create health_status:\u00a0healthy",
		"-f image=example.com:5000/x":           "die",
		"-f image=example.com":                  "",
		"-f label=a=b":                          "create health_status:\u00a0healthy",
		"-f label=a=c":                          "",
		"-f volume=data":                        "create",
		"-f daemon=x":                           "",
		"-f network=x":                          "",
		"-f scope=local -f event=pull":          "pull",
		"--since 2026-03-01T12:00:04Z":          "die create",
		"--since 2026-03-01T12:00:04.5Z":        "create",
		"--since 0 -f event=pull":               "pull",
		"--since 2026-03-01T12:00:06Z":          "",
		"--until 2026-03-01T12:00:02Z":          "pull create",
		"--since 1772366401 --until 1772366401": "pull",
	} {
		words := append(strings.Fields("events --format {{.Action}}"), strings.Fields(args)...)
		if !strings.Contains(args, "--until") {
			words = append(words, "--until", "2026-03-02")
		}
		output, failed := mydocker(t, words...)
		lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
		for i := range lines {
			lines[i] = strings.ReplaceAll(lines[i], " ", "\u00a0")
		}
		if got := strings.Join(lines, " "); got != want || failed != "" {
			t.Errorf("%s: %q%s, want %q", args, got, failed, want)
		}
	}
}

func TestEventForms(t *testing.T) {
	dir := newState(t)
	write(t, dir)
	of := func(format, filter string) string {
		t.Helper()
		args := []string{"events", "--since", "0", "--until", "2026-03-02", "-f", filter}
		if format != "" {
			args = append(args, "--format", format)
		}
		output, failed := mydocker(t, args...)
		if failed != "" {
			t.Error(failed)
		}
		return output
	}
	at := time.Date(2026, 3, 1, 12, 0, 4, 0, time.UTC).Local().Format("2006-01-02T15:04:05.000000000Z07:00")
	for _, test := range []struct{ format, filter, want string }{
		{"", "event=die", at + " container die bbbbbbbbbbbb (exitCode=3, image=example.com:5000/x, name=db)\n"},
		{"json", "event=die", `{"status":"die","id":"bbbbbbbbbbbb","from":"example.com:5000/x","Type":"container","Action":"die","Actor":{"ID":"bbbbbbbbbbbb",` +
			`"Attributes":{"exitCode":"3","image":"example.com:5000/x","name":"db"}},"scope":"local","time":1772366404,"timeNano":1772366404000000000}` + "\n"},
		{"{{json .}}", "type=volume", `{"Type":"volume","Action":"create","Actor":{"ID":"data","Attributes":{"driver":"local"}},"scope":"local",` +
			`"time":1772366405,"timeNano":1772366405000000000}` + "\n"},
		{"{{.ID}} {{.Status}} {{.From}} {{.Actor.Attributes.exitCode}} {{.TimeNano}}", "event=die", "bbbbbbbbbbbb die example.com:5000/x 3 1772366404000000000\n"},
	} {
		if got := of(test.format, test.filter); got != test.want {
			t.Errorf("%s: %q, want %q", test.format, got, test.want)
		}
	}
	if got := of("{{.Actor.Attributes.exitCode}}", "event=pull"); got != "<no value>\n" {
		t.Errorf("what an event has not: %q", got)
	}
	for args, want := range map[string]string{
		"-f nosuch=1":                           "there are config, container,",
		"--since yesterday":                     `invalid value "yesterday" for --since: neither`,
		"--since 2026-03-02 --until 2026-01-01": "--since 2026-03-02 is later than --until 2026-01-01",
		"--until 1 --format {{.Action":          "unclosed action",
		"x":                                     "one argument too many",
	} {
		if output, failed := mydocker(t, append([]string{"events"}, strings.Fields(args)...)...); !strings.Contains(failed, want) || output != "" {
			t.Errorf("%s: %s%s, want %s", args, output, failed, want)
		}
	}
}

// Until a time to come it waits, and then ends without an error.
func TestEventsUntil(t *testing.T) {
	dir := newState(t)
	write(t, dir)
	output, failed := mydocker(t, "events", "--until", "-100ms", "--format", "{{.Action}}", "-f", "event=die")
	if output != "die\n" || failed != "" {
		t.Errorf("%q%s", output, failed)
	}
}
