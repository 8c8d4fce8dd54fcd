package ocicli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func updateCall(t *testing.T, args ...string) *call {
	t.Helper()
	a, err := parse(updateFlags(), args, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &call{arguments: a}
}

// Only what is named is changed, and zeros name nothing.
func TestResources(t *testing.T) {
	const none = `{"memory":{},"cpu":{},"pids":{},"blockIO":{}}`
	for line, want := range map[string]string{
		"":                                   none,
		"--memory 50M --memory-swap=-1":      `{"memory":{"limit":52428800,"swap":-1},"cpu":{},"pids":{},"blockIO":{}}`,
		"--memory 0 --cpu-quota 0":           none,
		"--cpu-share 200 --cpu-period 50000": `{"memory":{},"cpu":{"shares":200,"period":50000},"pids":{},"blockIO":{}}`,
		"--cpu-quota -1 --cpu-burst 0":       `{"memory":{},"cpu":{"quota":-1,"burst":0},"pids":{},"blockIO":{}}`,
		"--cpu-rt-period 5 --cpu-rt-runtime 4 --cpu-idle 1": `{"memory":{},"cpu":{"realtimeRuntime":4,"realtimePeriod":5,"idle":1},"pids":{},"blockIO":{}}`,
		"--cpuset-cpus 0-1 --cpuset-mems 0":                 `{"memory":{},"cpu":{"cpus":"0-1","mems":"0"},"pids":{},"blockIO":{}}`,
		"--pids-limit -1 --blkio-weight 10":                 `{"memory":{},"cpu":{},"pids":{"limit":-1},"blockIO":{"weight":10}}`,
		"--memory-reservation 1g --memory 2g --memory 3g":   `{"memory":{"limit":3221225472,"reservation":1073741824},"cpu":{},"pids":{},"blockIO":{}}`,
	} {
		resources, err := updateCall(t, strings.Fields(line)...).resources()
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got, err := json.Marshal(resources); err != nil || string(got) != want {
			t.Errorf("%s: %s, want %s, %v", line, got, want, err)
		}
	}
	for line, want := range map[string]string{
		"--memory x":           "invalid value for memory: invalid size: 'x'",
		"--cpu-quota x":        `invalid value for cpu-quota: strconv.ParseInt: parsing "x": invalid syntax`,
		"--cpu-share -1":       `invalid value for cpu-share: strconv.ParseUint: parsing "-1": invalid syntax`,
		"--pids-limit 1.5":     `invalid value for pids-limit: strconv.ParseInt: parsing "1.5": invalid syntax`,
		"--blkio-weight 70000": `invalid value for blkio-weight: strconv.ParseUint: parsing "70000": value out of range`,
		"--l3-cache-schema L3": "--l3-cache-schema is not supported: mydocker has no Intel RDT",
		"--mem-bw-schema MB":   "--mem-bw-schema is not supported: mydocker has no Intel RDT",
		"--resources /no/such": "open /no/such: no such file or directory",
	} {
		if _, err := updateCall(t, strings.Fields(line)...).resources(); err == nil || err.Error() != want {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// What dockerd 20.10 and Kubernetes send, and what is no such thing.
func TestResourcesOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resources")
	for text, want := range map[string]string{
		`{"memory":{"limit":67108864,"reservation":0,"kernel":0},"cpu":{"shares":0,"cpus":"","mems":""},"blockIO":{"weight":0}}`: `{"memory":{"limit":67108864},"cpu":{},"blockIO":{}}`,
		`{"cpu":{"cpus":"0"}}`:                      `{"cpu":{"cpus":"0"}}`,
		`{"CPU":{"Cpus":"0"}}`:                      `{"cpu":{"cpus":"0"}}`, // as runc's own tests write it
		`{"unified":{"pids.max":"10"}}`:             `{"unified":{"pids.max":"10"}}`,
		`{}`:                                        `{}`,
		`{"pids":{"limit":0},"cpu":{"idle":0}}`:     `{"cpu":{"idle":0},"pids":{}}`,
		`{"memory":{"limit":1},"memory2":{}}`:       `--resources: json: unknown field "memory2"`,
		`{"memory":`:                                "--resources: unexpected EOF",
		`{"memory":{"limit":"1"}}`:                  "--resources: json: cannot unmarshal string into Go struct field LinuxMemory.memory.limit of type int64",
		`{"cpu":{"cpus":"0"}} {"cpu":{"cpus":"1"}}`: "--resources: something is behind its end",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		resources, err := updateCall(t, "-r", path, "--memory", "ignored").resources()
		got := ""
		if err != nil {
			got = err.Error()
		} else if text, err := json.Marshal(resources); err != nil {
			t.Error(err)
		} else {
			got = string(text)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
