package cmd

import (
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

func TestParseCPUCount(t *testing.T) {
	tests := map[string]int64{
		"0": 0, "0.0": 0, "1": 1e9, "2": 2e9, "0.5": 5e8, ".5": 5e8, "1.": 1e9,
		"0.01": 1e7, "1.123456789": 1123456789, "0002": 2e9,
	}
	for in, want := range tests {
		if got, err := parseCPUCount(in, 2); err != nil || got != want {
			t.Errorf("parseCPUCount(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	const number, precise, outside = "not a number of CPUs such as 1.5", "more than nine decimals", "out of range: 0.01 to 2, since there are so many CPUs"
	failing := map[string]string{
		"": number, ".": number, "-1": number, "1/2": number, "1e3": number, "0x1": number, "1_0": number, "+1": number, "1.2.3": number, "1,5": number,
		"1.0000000000": precise,
		"0.009":        outside, "2.000000001": outside, "3": outside, "99999999999999999999": outside,
	}
	for in, want := range failing {
		if got, err := parseCPUCount(in, 2); err == nil || err.Error() != want {
			t.Errorf("parseCPUCount(%q) = %d, %v; want %q", in, got, err, want)
		}
	}
}

// What is accepted is the number that is written there.
func FuzzParseCPUCount(f *testing.F) {
	for _, seed := range []string{"", "0", ".5", "1.5", "0.000000001", "9999999999", "1/3", "1e-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := parseCPUCount(s, 64)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || want.Cmp(big.NewRat(got, 1e9)) != 0 {
			t.Fatalf("parseCPUCount(%q) = %d", s, got)
		}
		if got != 0 && (got < 1e7 || got > 64e9) {
			t.Fatalf("parseCPUCount(%q) = %d is out of range", s, got)
		}
	})
}

func TestParseSwap(t *testing.T) {
	for in, want := range map[string]int64{"-1": subsystems.UnlimitedSwap, "0": 0, "1g": 1 << 30} {
		if got, err := parseSwap(in); err != nil || got != want {
			t.Errorf("parseSwap(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-2", "-1m", "unlimited", "0.5"} {
		if got, err := parseSwap(in); err == nil {
			t.Errorf("parseSwap(%q) = %d, want an error", in, got)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "1000": 1000, "0x4000": 0x4000} {
		if got, err := parsePeriod(in); err != nil || got != want {
			t.Errorf("parsePeriod(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "-1", "-9223372036854775808", "x"} {
		if got, err := parsePeriod(in); err == nil {
			t.Errorf("parsePeriod(%q) = %d, want an error", in, got)
		}
	}
}

func TestParseCount(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "-1": 0, "-5": 0, "7": 7, "+7": 7, "0x10": 16, "017": 15, "0b11": 3, "1_000": 1000, "9223372036854775807": 1<<63 - 1} {
		if got, err := parseCount(in); err != nil || got != want {
			t.Errorf("parseCount(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"", "max", "1.5", "1k", "9223372036854775808", "08", " 1", "1 ", "１"} {
		if got, err := parseCount(in); err == nil {
			t.Errorf("parseCount(%q) = %d, want an error", in, got)
		}
	}
}

func TestParseDeviceRate(t *testing.T) {
	tests := []struct {
		in, path string
		rate     uint64
		parse    func(string) (uint64, error)
		err      string
	}{
		{"/dev/sda:1mb", "/dev/sda", 1 << 20, parseByteRate, ""},
		{"/dev/disk/by-id/x:100", "/dev/disk/by-id/x", 100, parseByteRate, ""},
		{"/dev/sda:100", "/dev/sda", 100, parseIORate, ""},
		{"sda:1mb", "", 0, parseByteRate, "not PATH:RATE with a path below /dev"},
		{"", "", 0, parseByteRate, "not PATH:RATE with a path below /dev"},
		{"/tmp/sda:1mb", "", 0, parseByteRate, "not PATH:RATE with a path below /dev"},
		{"/dev/s\x00da:1mb", "", 0, parseByteRate, "not PATH:RATE with a path below /dev"},
		{"/dev/sda", "", 0, parseByteRate, "the rate is not a number of bytes such as 1mb"},
		{"/dev/sda:0", "", 0, parseByteRate, "the rate is not a number of bytes such as 1mb"},
		{"/dev/sda:-1", "", 0, parseByteRate, "the rate is not a number of bytes such as 1mb"},
		{"/dev/sda:1:2", "", 0, parseByteRate, "the rate is not a number of bytes such as 1mb"},
		{"/dev/sda:1mb", "", 0, parseIORate, "the rate is not a number from 1 to 4294967295"},
		{"/dev/sda:0", "", 0, parseIORate, "the rate is not a number from 1 to 4294967295"},
		{"/dev/sda:4294967296", "", 0, parseIORate, "the rate is not a number from 1 to 4294967295"},
	}
	for _, test := range tests {
		path, rate, err := parseDeviceRate(test.in, test.parse)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("parseDeviceRate(%q) = %v, want %q", test.in, err, test.err)
			}
			continue
		}
		if err != nil || path != test.path || rate != test.rate {
			t.Errorf("parseDeviceRate(%q) = %q, %d, %v", test.in, path, rate, err)
		}
	}
}

func FuzzParseDeviceRate(f *testing.F) {
	for _, seed := range []string{"/dev/sda:1mb", "/dev/sda:100", "/dev/:1", "x", "/dev/sda:1:2", "/dev/\x00:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string) (uint64, error){parseByteRate, parseIORate} {
			path, rate, err := parseDeviceRate(s, parse)
			if err == nil && (rate == 0 || !strings.HasPrefix(path, "/dev/") || !strings.HasPrefix(s, path+":")) {
				t.Fatalf("parseDeviceRate(%q) = %q, %d", s, path, rate)
			}
		}
	})
}

func TestParseConf(t *testing.T) {
	for in, want := range map[string]subsystems.Conf{
		"memory.high=100M":         {File: "memory.high", Value: "100M"},
		"io.max=8:0 rbps=1":        {File: "io.max", Value: "8:0 rbps=1"},
		"hugetlb.2MB.max=0":        {File: "hugetlb.2MB.max", Value: "0"},
		"cgroup.max.descendants=3": {File: "cgroup.max.descendants", Value: "3"},
	} {
		if got, err := parseConf(in); err != nil || got != want {
			t.Errorf("parseConf(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "=", "memory.high", "memory.high=", "=1", "memory=1", ".high=1", "memory.=1", "..=1",
		"../memory.high=1", "a/memory.high=1", "memory.\x00=1", "cgroup.procs=1", "cgroup.threads=1",
	} {
		if got, err := parseConf(in); err == nil {
			t.Errorf("parseConf(%q) = %v, want an error", in, got)
		}
	}
}

// Whatever comes, the file is one in the cgroup's own directory.
func FuzzParseConf(f *testing.F) {
	for _, seed := range []string{"memory.high=1", "../x.y=1", "..=1", "a.b=c=d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		conf, err := parseConf(s)
		if err != nil {
			return
		}
		if conf.File+"="+conf.Value != s || strings.ContainsAny(conf.File, "/\x00=") || conf.File == ".." || conf.Value == "" {
			t.Fatalf("parseConf(%q) = %v", s, conf)
		}
	})
}

// Each flag ends in its field.
func TestRunConfigResources(t *testing.T) {
	noEnvironment(t)
	tests := []struct {
		args string
		want subsystems.ResourceConfig
	}{
		{"--memory-swap -1", subsystems.ResourceConfig{MemorySwap: -1}},
		{"--memory-reservation 32m", subsystems.ResourceConfig{MemoryReservation: 32 << 20}},
		{"--oom-group", subsystems.ResourceConfig{OOMGroup: true}},
		{"--oom-group=false", subsystems.ResourceConfig{}},
		{"--cpus 0.5", subsystems.ResourceConfig{CPUQuota: 50000, CPUPeriod: 100000}},
		{"--cpus 0", subsystems.ResourceConfig{}},
		{"--cpus 0 --cpu-quota 5000 --cpu-period 2000", subsystems.ResourceConfig{CPUQuota: 5000, CPUPeriod: 2000}},
		{"--cpu-quota -1", subsystems.ResourceConfig{}},
		{"--cpuset-mems 0,2-3", subsystems.ResourceConfig{CPUSetMems: utils.CPUList{0, 2, 3}}},
		{"--pids-limit 9", subsystems.ResourceConfig{PidsLimit: subsystems.Limit[int64]{Value: 9, Asked: true}}},
		{"--pids-limit=-1", subsystems.ResourceConfig{PidsLimit: subsystems.Limit[int64]{Asked: true}}},
		{"--blkio-weight 300", subsystems.ResourceConfig{BlkioWeight: 300}},
		{"--device-read-bps /dev/a:1k --device-read-bps /dev/b:2k --device-write-iops /dev/a:3", subsystems.ResourceConfig{DeviceRates: []subsystems.DeviceRate{
			{Path: "/dev/a", Access: "read", Unit: "bps", Rate: 1024},
			{Path: "/dev/b", Access: "read", Unit: "bps", Rate: 2048},
			{Path: "/dev/a", Access: "write", Unit: "iops", Rate: 3},
		}}},
		{"--cgroup-conf a.b=1,2 --cgroup-conf a.c=3", subsystems.ResourceConfig{Conf: []subsystems.Conf{{File: "a.b", Value: "1,2"}, {File: "a.c", Value: "3"}}}},
	}
	for _, test := range tests {
		config, err := configOf(append(strings.Fields(test.args), "-m", "0", "-c", "0", "--cpuset", "all", "true")...)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		got := *config.Resources
		got.Memory.Asked, got.CPUs.Asked, got.CPUShares.Asked = false, false, false
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.args, got, test.want)
		}
	}
}

// One line, whatever is wrong.
func TestRunConfigResourcesErrors(t *testing.T) {
	noEnvironment(t)
	for args, want := range map[string]string{
		"--cpus 1 --cpu-quota 5000":       `^--cpus is short for --cpu-period and --cpu-quota: give it or them`,
		"--cpus 1 --cpu-period 5000":      `^--cpus is short for`,
		"--pids-limit x --blkio-weight y": `^invalid value "x" for --pids-limit: not a whole number$`,
		"--cpus x --cpu-quota y":          `^invalid value "y" for --cpu-quota: not a whole number$`,
		"--memory-swap=":                  `^invalid value "" for --memory-swap: not a size`,
		"--memory-swap 1g":                `give --memory, too$`,
		"--device-read-bps /dev/sda":      `^invalid value "/dev/sda" for --device-read-bps: the rate`,
		"--blkio-weight 70000":            `^invalid value "70000" for --blkio-weight: not a number from 10 to 1000, or 0$`,
		"--cpuset-mems 0-":                `^invalid value "0-" for --cpuset-mems: `,
		"--memory-reservation 300m":       `^memory reservation of 314572800 bytes is above the memory limit of 268435456$`,
		"--cgroup-conf cgroup.procs=1":    `^invalid value "cgroup.procs=1" for --cgroup-conf: this file moves`,
		"--cgroup-conf x":                 `not FILE=VALUE such as memory.high=100M$`,
	} {
		if _, err := configOf(append(strings.Fields(args), "true")...); err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}
