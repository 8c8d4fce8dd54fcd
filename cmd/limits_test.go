package cmd

import (
	"regexp"
	"strings"
	"testing"
)

func TestParseMemory(t *testing.T) {
	tests := map[string]int64{
		"0":           0,
		"67108864":    64 << 20,
		"64m":         64 << 20,
		"64M":         64 << 20,
		"64mb":        64 << 20,
		"64MiB":       64 << 20,
		"64 m":        64 << 20,
		"100b":        100,
		"1k":          1 << 10,
		"1g":          1 << 30,
		"1.5g":        3 << 29,
		"1t":          1 << 40,
		"00064m":      64 << 20,
		defaultMemory: 256 << 20,

		"9223372036854774784": maxMemory,
	}
	for in, want := range tests {
		if got, err := parseMemory(in); err != nil || got != want {
			t.Errorf("parseMemory(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
}

func TestParseMemoryErrors(t *testing.T) {
	const size, large = "not a size such as 100m or 1g", "too large: the most is 9223372036854774784 bytes"
	tests := map[string]string{
		"":                     size,
		"12zz":                 size,
		"m":                    size,
		"-1":                   size,
		"-64m":                 size,
		"64mm":                 size,
		"1.2.3":                size,
		"all":                  size,
		" 64m":                 size,
		"64m ":                 size,
		"99999999999999999999": large,
		"9223372036854775807":  large,
		"9223372036854775806":  large,
		"9000000000000p":       large,
	}
	for in, want := range tests {
		if got, err := parseMemory(in); err == nil || err.Error() != want {
			t.Errorf("parseMemory(%q) = %d, %v; want %q", in, got, err, want)
		}
	}
}

// 0 lifts the limit, so nothing but a zero may come out as one.
func TestParseMemoryNeverLiftsByAccident(t *testing.T) {
	for _, in := range []string{"0.5", "0.9b", "0.0001k", "nan ", "nan m"} {
		if got, err := parseMemory(in); err == nil {
			t.Errorf("parseMemory(%q) = %d, want an error", in, got)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	for in, want := range map[string]string{"all": "", "0": "0", "1,0": "0-1", defaultCPUs: "1"} {
		if got, err := parseCPUs(in); err != nil || got.String() != want {
			t.Errorf("parseCPUs(%q) = %v, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "ALL", "all,1", "none", "-1", "1-"} {
		if got, err := parseCPUs(in); err == nil {
			t.Errorf("parseCPUs(%q) = %v, want an error", in, got)
		}
	}
}

// The range is for ResourceConfig.Validate to check; here it is about numbers.
func TestParseCPUShares(t *testing.T) {
	for in, want := range map[string]uint64{"0": 0, "1": 1, "2": 2, "9223372036854775807": 1<<63 - 1, "0x200": 512, "01000": 512, "-0": 0, "+0": 0, defaultCPUShares: 512} {
		if got, err := parseCPUShares(in); err != nil || got != want {
			t.Errorf("parseCPUShares(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "1.5", "08", "many", " 1", "1 ", "1e3", "9223372036854775808", "18446744073709551616"} {
		got, err := parseCPUShares(in)
		if want := "not a number from 2 to 262144, or 0"; err == nil || err.Error() != want {
			t.Errorf("parseCPUShares(%q) = %d, %v; want %q", in, got, err, want)
		}
	}
}

func TestParseCgroupParent(t *testing.T) {
	tests := map[string]string{
		"/mydocker": "/mydocker", "mydocker": "/mydocker", "/": "/", "/a/b/": "/a/b", "//a//b": "/a/b",
		"a/./b": "/a/b", ".": "/", "/a..b": "/a..b", "...": "/...", "": "", "/two words": "/two words",
	}
	for in, want := range tests {
		if got, err := parseCgroupParent(in); err != nil || got != want {
			t.Errorf("parseCgroupParent(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"..", "../..", "/..", "/a/..", "a/../b", "/a/../../etc"} {
		got, err := parseCgroupParent(in)
		if err == nil || !strings.Contains(err.Error(), "not a path below the cgroup root") {
			t.Errorf("parseCgroupParent(%q) = %q, %v; want an error", in, got, err)
		}
	}
}

func TestFromEnv(t *testing.T) {
	const name = "MYDOCKER_TEST_VALUE"
	for _, value := range []string{"64m", "0", " "} {
		t.Setenv(name, value)
		sources := fromEnv(name)
		if got, found := sources.Lookup(); got != value || !found {
			t.Errorf("%q: Lookup() = %q, %v", value, got, found)
		}
	}
	// Set but empty is how a script says "not set".
	t.Setenv(name, "")
	sources := fromEnv(name)
	if got, found := sources.Lookup(); found {
		t.Errorf("empty: Lookup() = %q, found", got)
	}
}

// plainSize is a size without exponent, in decimal.
var plainSize = regexp.MustCompile(`^[0-9.]+ ?[a-zA-Z]*$`)

func FuzzParseMemory(f *testing.F) {
	for _, seed := range []string{"", "0", "64m", "1.5g", "-1", "1e400", "0x1p70", "inf ", "nan ", "9223372036854775807", "1 k", "0.5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		size, err := parseMemory(in)
		if size < 0 || err != nil && size != 0 {
			t.Fatalf("parseMemory(%q) = %d, %v", in, size, err)
		}
		if err == nil && size == 0 && plainSize.MatchString(in) && strings.ContainsAny(in, "123456789") {
			t.Fatalf("parseMemory(%q) lifts the limit", in)
		}
	})
}
