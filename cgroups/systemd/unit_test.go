package systemd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestParse(t *testing.T) {
	fallback := "system.slice"
	if !findCaller().isRoot {
		fallback = "user.slice"
	}
	for _, test := range []struct{ path, slice, name, err string }{
		{"", fallback, "mydocker-oci-id.scope", ""},
		{"::id", fallback, "id.scope", ""},
		{":libpod:id", fallback, "libpod-id.scope", ""},
		{"-:a:id", "-.slice", "a-id.scope", ""},
		{"-.slice:a:id", "-.slice", "a-id.scope", ""},
		{"a-b.slice:cri:id", "a-b.slice", "cri-id.scope", ""},
		{":a:b+c", fallback, `a-b\x2bc.scope`, ""},
		{"/a/b", "", "", `"slice:prefix:name"`},
		{"a:b", "", "", `"slice:prefix:name"`},
		{"a.slice:b:c:d", "", "", `"slice:prefix:name"`},
		{"a:b:c", "", "", `does not end with ".slice"`},
		{".slice:b:c", "", "", "dash"},
		{"a--b.slice:b:c", "", "", "dash"},
		{"-a.slice:b:c", "", "", "dash"},
		{"a/b.slice:b:c", "", "", "'/'"},
		{"../a.slice:b:c", "", "", "'/'"},
		{"a.slice:b:../c", "", "", "'/'"},
		{"a.slice:b:c\x00", "", "", "'\\x00'"},
		{"a.slice:b:", "", "", "no name"},
		{"a.slice::c.slice", "", "", "would be a slice"},
		{"a.slice:b:" + strings.Repeat("c", 250), "", "", "longer than 255"},
	} {
		unit, err := Parse(test.path, "id", nil)
		switch {
		case test.err != "":
			if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), "linux.cgroupsPath") {
				t.Errorf("%q: got %v, want %q", test.path, err, test.err)
			}
		case err != nil:
			t.Errorf("%q: %v", test.path, err)
		case unit.Slice != test.slice || unit.Name != test.name:
			t.Errorf("%q: got %s %s, want %s %s", test.path, unit.Slice, unit.Name, test.slice, test.name)
		}
	}
}

func TestAnnotations(t *testing.T) {
	for _, test := range []struct{ key, value, want string }{
		{"TimeoutStopUSec", "uint64 123456789", "TimeoutStopUSec t 123456789"},
		{"TimeoutStopSec", "10", "TimeoutStopUSec t 10000000"},
		{"TimeoutStopSec", "1.5", "TimeoutStopUSec t 1500000"},
		{"TimeoutStopSec", "-1", "error: no number of seconds"},
		{"TimeoutStopSec", "true", "error: true is no number"},
		{"CollectMode", "'inactive-or-failed'", `CollectMode s inactive-or-failed`},
		{"DefaultDependencies", "true", "DefaultDependencies b true"},
		{"After", "['local-fs.target', 'b.service']", "After as [local-fs.target b.service]"},
		{"CPUWeight", "@t 10", "CPUWeight t 10"},
		{"Slice", "'a.slice'", "error: mydocker sets this"},
		{"PIDs", "[uint32 1]", "error: mydocker sets this"},
		{"Delegate", "false", "error: mydocker sets this"},
		{"a", "1", "error: no name of a property"},
		{"", "1", "error: no name of a property"},
		{"A.b", "1", "error: no name of a property"},
		{"Kill", "what", "error: GVariant"},
		{"Kill", "", "error: GVariant"},
		{"Kill", "'a", "error: GVariant"},
		{"Kill", "1 2", "error: GVariant"},
		{"Kill", "uint64 -1", "error: GVariant"},
	} {
		unit, err := Parse("", "id", map[string]string{annotationPrefix + test.key: test.value, "other": "x"})
		if want, failed := strings.CutPrefix(test.want, "error: "); failed {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), test.key) {
				t.Errorf("%s=%s: got %v, want %q", test.key, test.value, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s=%s: %v", test.key, test.value, err)
			continue
		}
		p := unit.properties[0]
		if got := fmt.Sprintf("%s %s %v", p.Name, p.Value.Signature(), p.Value.Value()); got != test.want {
			t.Errorf("%s=%s: got %s, want %s", test.key, test.value, got, test.want)
		}
	}
}

func TestCallerIn(t *testing.T) {
	for _, test := range []struct {
		ids  string
		uid  int
		want caller
	}{
		{"         0          0 4294967295\n", 0, caller{0, true}},
		{"         0          0 4294967295\n", 1000, caller{1000, false}},
		{"0 1000 1\n1 100000 65536\n", 0, caller{1000, false}},
		{"0 1000 1\n1 100000 65536\n", 5, caller{100004, false}},
		{"0 0 65536\n", 0, caller{0, false}},
		{"", 7, caller{7, false}},
	} {
		if got := callerIn(test.ids, test.uid); got != test.want {
			t.Errorf("%q, %d: got %v, want %v", test.ids, test.uid, got, test.want)
		}
	}
}

func TestDeviceProperties(t *testing.T) {
	number := func(n int64) *int64 { return &n }
	deny := specs.LinuxDeviceCgroup{Access: "rwm"}
	everybody := len(everybodys())
	for _, test := range []struct {
		name  string
		rules []specs.LinuxDeviceCgroup
		want  []allowed // nil: nothing is told
	}{
		{"none", nil, []allowed{}},
		{
			"nothing denied", []specs.LinuxDeviceCgroup{{Allow: true, Type: "c", Major: number(10), Minor: number(200), Access: "rwm"}},
			[]allowed{{"/dev/char/10:200", "rwm"}},
		},
		{"all denied", []specs.LinuxDeviceCgroup{deny}, []allowed{}},
		{"all allowed again", []specs.LinuxDeviceCgroup{deny, {Allow: true, Type: "a"}}, nil},
		{
			"exceptions",
			[]specs.LinuxDeviceCgroup{
				{Allow: true, Type: "c", Major: number(1), Access: "r"}, deny,
				{Allow: true, Type: "c", Major: number(10), Minor: number(200), Access: "rw"},
				{Allow: true, Type: "b", Major: number(8), Access: "r"},
				{Allow: true, Type: "c", Minor: number(3), Access: "m"},
				{Allow: true, Major: number(9)},
				{Type: "c", Major: number(9), Access: "w"},
			},
			[]allowed{{"/dev/char/10:200", "rw"}, {"block-8", "r"}, {"char-*", "m"}, {"char-9", "rwm"}, {"block-9", "rwm"}},
		},
	} {
		properties := deviceProperties(test.rules)
		if test.want == nil {
			if properties != nil {
				t.Errorf("%s: got %v", test.name, properties)
			}
			continue
		}
		if len(properties) != 2 || properties[0].Value.Value() != "strict" {
			t.Errorf("%s: got %v", test.name, properties)
			continue
		}
		list := properties[1].Value.Value().([]allowed)
		if got := list[:len(list)-everybody]; !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestLimitProperties(t *testing.T) {
	for _, test := range []struct{ file, content, want string }{
		{"memory.max", "max", "MemoryMax 18446744073709551615"},
		{"memory.max", "4096", "MemoryMax 4096"},
		{"memory.limit_in_bytes", "9223372036854771712", "MemoryLimit 18446744073709551615"},
		{"cpu.weight", "59", "CPUWeight 59"},
		{"cpu.max", "max 100000", "CPUQuotaPerSecUSec 18446744073709551615, CPUQuotaPeriodUSec 100000"},
		{"cpu.max", "500000 900000", "CPUQuotaPerSecUSec 560000, CPUQuotaPeriodUSec 900000"},
		{"cpu.max", "50000 100000", "CPUQuotaPerSecUSec 500000, CPUQuotaPeriodUSec 100000"},
		{"cpu.cfs_quota_us", "-1 100000", "CPUQuotaPerSecUSec 18446744073709551615, CPUQuotaPeriodUSec 100000"},
		{"io.weight", "default 100\n8:0 50", "IOWeight 100"},
		{"cpuset.cpus", "0,3-4,9", "AllowedCPUs [25 2]"},
		{"cpuset.cpus", "", "AllowedCPUs []"},
	} {
		all := limits()
		n := slices.IndexFunc(all, func(l limit) bool { return l.files[0] == test.file })
		properties, err := all[n].properties(test.content)
		var got []string
		for _, p := range properties {
			got = append(got, fmt.Sprintf("%s %v", p.Name, p.Value.Value()))
		}
		if text := strings.Join(got, ", "); err != nil || text != test.want {
			t.Errorf("%s %q: got %s, %v, want %s", test.file, test.content, text, err, test.want)
		}
	}
}
