package oci

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestVersion(t *testing.T) {
	for version, want := range map[string]string{
		"1.0.0": "", "1.0.0-rc5": "", "1.0.1": "", "1.0.2": "", "1.0.2-dev": "", "1.1.0": "", "1.1.0+dev": "", "1.2.0": "", "1.2.1": "", "1.3.0": "", "1.3.0-rc.1": "",
		"": "missing", "invalid": "not a version", "1": "not a version", "1.0": "not a version", "1.0.x": "not a version", "1.-1.0": "not a version",
		"0.1.0": "not supported", "2.0.0": "not supported", "1.4.0": "not supported", "\x1b[31m": "not a version",
	} {
		err := checkVersion(version)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", version, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q", err)
		}
	}
}

// What is not known, or can be read in two ways, is an error that names the field.
func TestDecodeErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                             "the text ends where an object",
		`[]`:                           `"[]" where an object`,
		`{`:                            "where a string is missing",
		`{"process":{"arguments":[]}}`: "process.arguments: unknown field",
		`{"linux":{"resources":{"cpu":{"shares":1},"CPU":{"Shares":1}}}}`:         "linux.resources.CPU: it is there twice",
		`{"linux":{"resources":{"CPU":{"Cpus":"1"},"CPU":{"mems":"1"}}}}`:         "linux.resources.CPU: it is there twice",
		`{"process":{"terminal":true},"Process":{"terminal":false}}`:              "Process: it is there twice",
		`{"linux":{"seccomp":{},"Seccomp":{}}}`:                                   "linux.Seccomp: it is there twice",
		`{"linux":{"resources":{"cpu":{"cpus":"1"},"CPU":{"cpus":""}}}}`:          "linux.resources.CPU: it is there twice",
		`{"linux":{"resources":{"cpu":{"shares":1},"CPU":null}}}`:                 "linux.resources.CPU: it is there twice",
		`{"root":{"readonly":true,"Readonly":false}}`:                             "root.Readonly: it is there twice",
		`{"process":{"noNewPrivileges":true,"NoNewPrivileges":false}}`:            "process.NoNewPrivileges: it is there twice",
		`{"hostname":"a","Hostname":"b"}`:                                         "Hostname: it is there twice",
		`{"process":{},"process":{}}`:                                             "process: it is there twice",
		`{"annotations":{"a":"","a":"b"}}`:                                        "annotations.a: it is there twice",
		`{"mounts":[{},{"uidMappings":[{"size":1,"y":1}]}]}`:                      "mounts[1].uidMappings[0].y: unknown field",
		`{"linux":{"resources":{"blockIO":{"throttleReadBpsDevice":[{"x":1}]}}}}`: "linux.resources.blockIO.throttleReadBpsDevice[0].x: unknown field",
		`{"process":{"user":{"uid":-1}}}`:                                         "process.user.uid: -1 is not a whole number",
		`{"process":{"user":{"uid":4294967296}}}`:                                 "process.user.uid: 4294967296 is not",
		`{"process":{"user":{"uid":1.5}}}`:                                        "process.user.uid: 1.5 is not",
		`{"process":{"user":{"uid":01}}}`:                                         "where a number has to be",
		`{"process":{"user":{"username":"root"}}}`:                                "process.user.username: it is for windows",
		`{"windows":{"layerFolders":["x"]}}`:                                      "windows: it is for windows",
		`{"solaris":{"milestone":"x"}}`:                                           "solaris: it is for solaris",
		`{"vm":{"kernel":{"path":"/k"}}}`:                                         "vm: it is for vm",
		`{"process":{"terminal":1}}`:                                              "process.terminal: line 1: \"1}}\" where true or false",
		`{"process":{"cwd":"a\u0000b"}}`:                                          "process.cwd: line 1: a NUL byte",
		`{"process":{"cwd":"\ud800"}}`:                                            "surrogate",
		`{"process":{"cwd":"\x"}}`:                                                `"\\x" in a string`,
		"{\"process\":{\"cwd\":\"\xff\"}}":                                        "not UTF-8",
		"{\"process\":{\"cwd\":\"\\n\xff\"}}":                                     "not UTF-8",
		"{\"process\":{\"cwd\":\"\n\"}}":                                          "the byte 0x0a",
		`{"process":{"cwd":"x`:                                                    "without an end",
		`{"process":{"cwd":"/"}}x`:                                                `"x" where the end`,
		"{}\x00":                                                                  "where the end",
		`{"a\u001b[31m":1}`:                                                       `a\x1b[31m: unknown field`,
		`{,}`:                                                                     "where a string",
		`{"hostname":"x",}`:                                                       "where a string",
		`{"hostname" "x"}`:                                                        "a colon",
		`{"mounts":[{}{}]}`:                                                       "a comma or ]",
		`{"mounts":[nullx]}`:                                                      "a comma or ]",
		`{"windows":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: "more than 32 values in each other",
		`{"linux":{"sysctl":{"a":1}}}`:                                            "linux.sysctl.a: line 1:",
		`{"` + strings.Repeat("x", 10000) + `":1}`:                                "xxx...: unknown field",
	} {
		_, err := decodeSpec(text, new(specs.Spec))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 600 {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

// A name in another case is the same name, as for the engines, and two objects are one.
func TestDecodeCase(t *testing.T) {
	text := `{"HOSTNAME": "x", "linux": {"resources": {"cpu": {"shares": 5}, "CPU": {"Cpus": "0", "Mems": "1"}, "PIDs": {"limit": 7}}}}`
	var got, want specs.Spec
	_, err := decodeSpec(text, &got)
	if err := errors.Join(err, json.Unmarshal([]byte(text), &want)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// All that the specification has arrives, and what is empty of other platforms is nothing.
func TestDecode(t *testing.T) {
	text := ` { "ociVersion" : "1.3.0", "annotations": {"": "x", "k": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 é"}, "windows": {"layerFolders": null, "network": {"x": ""}}, "solaris": null,
	"process": {"args": ["a", null], "terminal": true, "user": {"uid": 4294967295, "umask": 18, "username": ""}, "oomScoreAdj": -5, "cwd": ""},
	"linux": {"resources": {"memory": {"limit": -1}, "blockIO": {"weightDevice": [{"major": 8, "minor": 1, "weight": 10}]}}, "sysctl": {"a": "b"},
		"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"} , "devices": [], "timeOffsets": {"boottime": {"secs": -1}}},
	"hooks": {"prestart": [{"path": "/x", "timeout": 5}]} } `
	var got specs.Spec
	parts, err := decodeSpec(text, &got)
	if err != nil || parts.seccomp != `{"defaultAction": "SCMP_ACT_ALLOW"}` || !strings.HasPrefix(parts.process, `{"args": `) || !strings.HasSuffix(parts.process, `"cwd": ""}`) {
		t.Fatalf("%q, %v", parts, err)
	}
	umask, score, limit, weight, timeout := uint32(18), -5, int64(-1), uint16(10), 5
	want := specs.Spec{
		Version: "1.3.0", Annotations: map[string]string{"": "x", "k": "\"\\/\b\f\n\r\té😀 é"},
		Process: &specs.Process{Args: []string{"a", ""}, Terminal: true, User: specs.User{UID: 4294967295, Umask: &umask}, OOMScoreAdj: &score},
		Linux: &specs.Linux{
			Resources: &specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &limit}, BlockIO: &specs.LinuxBlockIO{WeightDevice: []specs.LinuxWeightDevice{
				{LinuxBlockIODevice: specs.LinuxBlockIODevice{Major: 8, Minor: 1}, Weight: &weight},
			}}},
			Sysctl: map[string]string{"a": "b"}, Seccomp: &specs.LinuxSeccomp{}, Devices: []specs.LinuxDevice{},
			TimeOffsets: map[string]specs.LinuxTimeOffset{"boottime": {Secs: -1}},
		},
		Hooks: &specs.Hooks{Prestart: []specs.Hook{{Path: "/x", Timeout: &timeout}}}, //nolint:staticcheck // engines still use it
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
