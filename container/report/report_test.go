package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// fakeDirectories are directories that stand for a container's cgroups.
func fakeDirectories(t *testing.T, files map[string]map[string]string, versions map[string]subsystems.Version) map[string]cgroups.Directory {
	t.Helper()
	directories := map[string]cgroups.Directory{}
	for controller, version := range versions {
		dir := t.TempDir()
		for name, content := range files[controller] {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		directories[controller] = cgroups.Directory{Dir: dir, Version: version}
	}
	return directories
}

func onV1() (map[string]map[string]string, map[string]subsystems.Version) {
	return map[string]map[string]string{
			"memory": {
				"memory.max_usage_in_bytes": "4096\n", "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
				"memory.limit_in_bytes": "67108864\n", "memory.memsw.limit_in_bytes": "9223372036854771712\n",
			},
			"cpu":     {"cpu.shares": "512\n", "cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"},
			"cpuacct": {"cpuacct.usage": "1234567890\n", "cpuacct.stat": "user 100\nsystem 23\n"},
			"pids":    {"pids.peak": "7\n", "pids.events": "max 5\n", "pids.max": "max\n"},
		}, map[string]subsystems.Version{
			"memory": subsystems.V1, "cpuset": subsystems.V1, "cpu": subsystems.V1, "cpuacct": subsystems.V1, "pids": subsystems.V1,
		}
}

func onV2() (map[string]map[string]string, map[string]subsystems.Version) {
	return map[string]map[string]string{
			"memory": {
				"memory.peak": "4096\n", "memory.events": "low 0\noom 3\noom_kill 2\noom_group_kill 0\n",
				"memory.max": "67108864\n", "memory.swap.max": "1000\n",
			},
			"cpu":    {"cpu.weight": "59\n", "cpu.max": "max 100000\n"},
			"cgroup": {"cpu.stat": "usage_usec 1234567\nuser_usec 1000000\nsystem_usec 234567\nnr_periods 0\n"},
			"pids":   {"pids.peak": "7\n", "pids.events": "max 5\n", "pids.max": "max\n"},
		}, map[string]subsystems.Version{
			"memory": subsystems.V2, "cpuset": subsystems.V2, "cpu": subsystems.V2, "cgroup": subsystems.V2, "pids": subsystems.V2,
		}
}

func TestReadBack(t *testing.T) {
	tests := []struct {
		layout func() (map[string]map[string]string, map[string]subsystems.Version)
		want   string
	}{
		{onV1, `"oom_kills":2,"cpu_usec":1234567,"user_usec":1000000,"system_usec":230000,"memory_peak_bytes":4096,"pids_peak":7,"pids_refused":5,` +
			`"limits":{"memory_bytes":67108864,"memory_swap_bytes":"max","cpus":"0-1","cpu_shares":512,"cpu_weight":null,"cpu_quota_usec":"max","cpu_period_usec":100000,"pids":"max"},` +
			`"cgroup_version":{"memory":1,"cpuset":1,"cpu":1,"cpu_time":1,"pids":1}`},
		{onV2, `"oom_kills":2,"cpu_usec":1234567,"user_usec":1000000,"system_usec":234567,"memory_peak_bytes":4096,"pids_peak":7,"pids_refused":5,` +
			`"limits":{"memory_bytes":67108864,"memory_swap_bytes":67109864,"cpus":"0-1","cpu_shares":null,"cpu_weight":59,"cpu_quota_usec":"max","cpu_period_usec":100000,"pids":"max"},` +
			`"cgroup_version":{"memory":2,"cpuset":2,"cpu":2,"cpu_time":2,"pids":2}`},
	}
	for _, test := range tests {
		files, versions := test.layout()
		r := New([]string{"true"})
		r.RunsOn(utils.CPUList{0, 1})
		if err := r.ReadBack(fakeDirectories(t, files, versions)); err != nil {
			t.Error(err)
		}
		if got := encoded(t, r); !strings.Contains(got, test.want) {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// Where a file or a controller is not there, its figure alone is null.
func TestReadBackWithout(t *testing.T) {
	for _, layout := range []func() (map[string]map[string]string, map[string]subsystems.Version){onV1, onV2} {
		all, versions := layout()
		whole := New(nil)
		if err := whole.ReadBack(fakeDirectories(t, all, versions)); err != nil {
			t.Fatal(err)
		}
		for controller, names := range all {
			for name := range names {
				files, _ := layout()
				delete(files[controller], name)
				r := New(nil)
				if err := r.ReadBack(fakeDirectories(t, files, versions)); err != nil {
					t.Errorf("without %s: %v", name, err)
				}
				if nulls := strings.Count(encoded(t, r), "null") - strings.Count(encoded(t, whole), "null"); nulls < 1 || nulls > 3 {
					t.Errorf("without %s %d more figures are null", name, nulls)
				}
			}
		}
	}
	r := New(nil)
	if err := r.ReadBack(nil); err != nil {
		t.Error(err)
	}
	if r.CPU != nil || r.Limits.Memory != nil || r.Versions.Memory != nil {
		t.Errorf("figures out of nothing: %+v", r)
	}
}

// What is no number is an error, and no figure.
func TestReadBackWrong(t *testing.T) {
	files, versions := onV2()
	files["memory"]["memory.peak"] = "many\n"
	r := New(nil)
	if err := r.ReadBack(fakeDirectories(t, files, versions)); err == nil || r.MemoryPeak != nil {
		t.Errorf("ReadBack() = %v, peak %v", err, r.MemoryPeak)
	}
}

func TestCPUTime(t *testing.T) {
	for _, layout := range []func() (map[string]map[string]string, map[string]subsystems.Version){onV1, onV2} {
		files, versions := layout()
		used, err := CPUTime(fakeDirectories(t, files, versions))
		if err != nil || used.Round(time.Microsecond) < 1234567*time.Microsecond || used > 1234568*time.Microsecond {
			t.Errorf("CPUTime() = %v, %v", used, err)
		}
	}
	if used, err := CPUTime(nil); err == nil {
		t.Errorf("CPUTime() = %v where nobody counts it", used)
	}
}

func encoded(t *testing.T, r *Report) string {
	t.Helper()
	content, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEnd(t *testing.T) {
	tests := []struct {
		status     unix.WaitStatus
		timedOutBy string
		want       []string
	}{
		{0, "", []string{`"exit_code":0,"signal":null,"signal_name":null`, `"timed_out":false,"timed_out_by":null`, `"failed":null`}},
		{3 << 8, "", []string{`"exit_code":3,"signal":null`, `"failed":"command"`}},
		{9, "", []string{`"exit_code":null,"signal":9,"signal_name":"SIGKILL"`, `"failed":"command"`}},
		{40, "", []string{`"exit_code":null,"signal":40,"signal_name":null`}},
		{0, "timeout", []string{`"exit_code":0`, `"timed_out":true,"timed_out_by":"timeout"`, `"failed":"command"`}},
	}
	for _, test := range tests {
		r := New([]string{"true"})
		r.Begin(0)
		r.End(test.status, test.timedOutBy)
		status := 0
		if test.status != 0 || test.timedOutBy != "" {
			status = 1
		}
		r.Finish(status, nil)
		got := encoded(t, r)
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%#x %q: no %s in %s", uint32(test.status), test.timedOutBy, want, got)
			}
		}
	}
}

// Who hears of the execution late does not take its time from the command.
func TestBeginLate(t *testing.T) {
	const late = 5 * time.Second
	var clock unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &clock); err != nil {
		t.Fatal(err)
	}
	r := New([]string{"true"})
	r.Begin(clock.Nano() - int64(late))
	r.End(0, "")
	r.Finish(0, nil)
	if wall := time.Duration(*r.Wall) * time.Microsecond; wall < late {
		t.Errorf("wall time %v", wall)
	}
	if told := r.Ended.Round(0).Sub(r.Started.Round(0)); told < late-time.Second {
		t.Errorf("from %v to %v", r.Started, r.Ended)
	}
	// A clock that is ahead of ours there cannot be.
	r.Begin(clock.Nano() + int64(late))
	if r.End(0, ""); *r.Wall < 0 {
		t.Errorf("wall time %d", *r.Wall)
	}
}

func TestNilReport(*testing.T) {
	var r *Report
	r.Begin(0)
	r.End(0, "")
}

func TestFailure(t *testing.T) {
	r := New([]string{"a"})
	r.Finish(127, NewFailure(ByCommand, "look up the command", unix.ENOENT, "not found"))
	if got := encoded(t, r); !strings.Contains(got, `"failed":"command","step":"look up the command","errno":2,"errno_name":"ENOENT","error":"not found"`) {
		t.Error(got)
	}
	r.Finish(125, NewFailure(ByRuntime, "", 0, "wrong"))
	if got := encoded(t, r); !strings.Contains(got, `"failed":"runtime","step":null,"errno":null,"errno_name":null,"error":"wrong"`) {
		t.Error(got)
	}
}

// FuzzArgv: whatever bytes an argument has, they can be had from the report.
func FuzzArgv(f *testing.F) {
	for _, arg := range []string{"", "plain", "a\xff", "\"\\\n\x00\u2028<&>", strings.Repeat("\xf0", 9)} {
		f.Add(arg)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		var back struct {
			Argv       []string `json:"argv"`
			ArgvBase64 [][]byte `json:"argv_base64"`
		}
		line := []byte(encoded(t, New([]string{"echo", arg})))
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		got := back.Argv[1]
		if back.ArgvBase64 != nil {
			got = string(back.ArgvBase64[1])
		}
		if got != arg || bytes.Count(line, []byte("\n")) != 1 {
			t.Errorf("%q comes back as %q from %s", arg, got, line)
		}
	})
}

func TestText(t *testing.T) {
	files, versions := onV2()
	r := New([]string{"sh", "-c", "exit 3", ""})
	r.Begin(0)
	r.End(3<<8, "timeout")
	r.Wall = ptr(int64(1500000))
	r.RunsOn(utils.CPUList{0, 1})
	if err := r.ReadBack(fakeDirectories(t, files, versions)); err != nil {
		t.Fatal(err)
	}
	r.Finish(124, nil)
	got, err := r.Text()
	if err != nil {
		t.Fatal(err)
	}
	const want = `                   Command: sh -c "exit 3" ""
   Exit status of mydocker: 124
               The command: exited with 3, its time was up (--timeout)
           Wall clock time: 1.500 s
                      CPUs: 0-1
                  CPU time: 1.235 s
                 User time: 1.000 s
               System time: 0.235 s
               Most memory: 0.0 MiB (limit 64.0 MiB)
   Most processes, threads: 7 (limit unlimited)
 Killed for lack of memory: 2
Refused processes, threads: 5
`
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r = New([]string{"a"})
	r.Finish(127, NewFailure(ByCommand, "look up the command", unix.ENOENT, "not found"))
	if got, err = r.Text(); err != nil || !strings.Contains(string(got), "The command: never ran\n          Failed (command): not found\n           Wall clock time: unknown\n") {
		t.Errorf("%v\n%s", err, got)
	}
}

// TestSchema holds the report to the JSON Schema of docs/report.md: the same
// fields, in the same order, all of them always there, of the types it says.
func TestSchema(t *testing.T) {
	document, err := os.ReadFile("../../docs/report.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(document), "```json\n")
	text, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("docs/report.md has no schema")
	}
	var top schema
	if err := json.Unmarshal([]byte(text), &top); err != nil {
		t.Fatal(err)
	}
	described(t, string(document), &top)
	files, versions := onV1()
	full := New([]string{"a\xff"})
	full.Begin(0)
	full.End(9, "timeout")
	full.RunsOn(utils.CPUList{0, 1})
	if err := full.ReadBack(fakeDirectories(t, files, versions)); err != nil {
		t.Fatal(err)
	}
	full.Finish(125, NewFailure(ByRuntime, "step", unix.ENOENT, "message"))
	empty := New([]string{})
	empty.Finish(0, nil)
	for _, r := range []*Report{full, empty} {
		var value any
		if err := json.Unmarshal([]byte(encoded(t, r)), &value); err != nil {
			t.Fatal(err)
		}
		top.check(t, "report", value)
	}
}

// described looks for a row of the document's table for each field.
func described(t *testing.T, document string, s *schema) {
	t.Helper()
	for name, field := range s.Properties {
		if !strings.Contains(document, "| `"+name+"`") && !strings.Contains(document, "`, `"+name+"`") {
			t.Errorf("docs/report.md does not describe %s", name)
		}
		described(t, document, &field)
	}
}

// schema is as much of JSON Schema as the document uses.
type schema struct {
	Type       any               `json:"type"` // a name or a list of names
	Const      any               `json:"const"`
	Enum       []any             `json:"enum"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
}

func (s *schema) check(t *testing.T, name string, value any) {
	t.Helper()
	types, isList := s.Type.([]any)
	if !isList {
		types = []any{s.Type}
	}
	kind := kindOf(value)
	if s.Type != nil && !slices.Contains(types, any(kind)) {
		t.Errorf("%s is a %s, the schema says %v", name, kind, s.Type)
	}
	if s.Const != nil && value != s.Const || s.Enum != nil && !slices.Contains(s.Enum, value) {
		t.Errorf("%s is %v, the schema says %v%v", name, value, s.Const, s.Enum)
	}
	switch value := value.(type) {
	case map[string]any:
		if len(s.Required) != len(s.Properties) {
			t.Errorf("%s: %d properties, %d of them required", name, len(s.Properties), len(s.Required))
		}
		for _, key := range s.Required {
			if _, there := value[key]; !there {
				t.Errorf("%s has no %s", name, key)
			}
		}
		for key, field := range value {
			of, known := s.Properties[key]
			if !known {
				t.Errorf("%s: the schema knows no %s", name, key)
			}
			of.check(t, key, field)
		}
	case []any:
		for _, item := range value {
			s.Items.check(t, name, item)
		}
	}
}

func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case float64:
		if value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}
