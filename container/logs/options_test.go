package logs

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		driver, options string
		want            string
	}{
		"the default":            {"", "", ""},
		"json-file":              {"json-file", "max-size=10m max-file=3 compress=true labels=a,b env=HOME tag={{.Name}}/x mode=blocking", ""},
		"local":                  {"local", "max-size=1k compress=false", ""},
		"local, one file":        {"local", "max-file=1", ""},
		"none":                   {"none", "", ""},
		"journald":               {"journald", "tag={{.ID}} labels=a", ""},
		"no such driver":         {"fluentd", "", "error looking up logging plugin fluentd: plugin \"fluentd\" not found"},
		"no such option":         {"json-file", "size=1m", "unknown log opt 'size' for json-file log driver"},
		"another's option":       {"local", "tag=x", "unknown log opt 'tag' for local log driver"},
		"none has none":          {"none", "max-size=1m", "invalid logging opts for driver none"},
		"no size":                {"json-file", "max-size=big", "invalid size: 'big'"},
		"an empty size":          {"json-file", "max-size=", "invalid size: ''"},
		"no bytes":               {"json-file", "max-size=0", "max-size must be a positive number"},
		"less than nothing":      {"json-file", "max-size=-1", "invalid size: '-1'"},
		"no files":               {"json-file", "max-file=0", "max-file cannot be less than 1"},
		"no number":              {"json-file", "max-file=many", "invalid syntax"},
		"compress one":           {"json-file", "compress=true max-size=1m", "compress cannot be true when max-file is less than 2"},
		"compress without limit": {"json-file", "compress=true max-file=3", "compress cannot be true when max-file is less than 2"},
		"no field":               {"json-file", "tag={{.Nope}}", "{{.Nope}} is not there in a tag"},
		"a field without an end": {"json-file", "tag={{.ID", "{{.ID}} is not there in a tag"},
		"non-blocking":           {"json-file", "mode=non-blocking", "mode non-blocking is not there"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := Config{test.driver, make(map[string]string)}
			for _, option := range strings.Fields(test.options) {
				key, value, _ := strings.Cut(option, "=")
				config.Options[key] = value
			}
			err := Check(config)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, not %q", err, test.want)
			}
		})
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "10k": 10_000, "10K": 10_000, "1.5m": 1_500_000, "2MB": 2_000_000, "2 MiB": 2_000_000, "1g": 1e9, "1tb": 1e12, "7b": 7,
		"": 0, "k": 0, "1x": 0, "1kk": 0, "1e3": 0, "-1": 0, "1.2.3": 0, "99999999999999999999": 0, "0": 0, "0.1": 0, "NaN": 0, "Inf": 0,
	} {
		if got, err := parseSize(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is %d, not %d: %v", text, got, want, err)
		}
	}
}

func TestTag(t *testing.T) {
	info := Info{ID: strings.Repeat("a", 64), Name: "web", Image: "busybox", ImageID: "sha256:" + strings.Repeat("b", 64), Command: []string{"sh", "-c"}}
	for tag, want := range map[string]string{
		"": "", "plain": "plain", "{{.ID}}": "aaaaaaaaaaaa", "x/{{ .Name }}/{{.ImageName}}": "x/web/busybox",
		"{{.ImageID}}": "bbbbbbbbbbbb", "{{.FullID}}": info.ID, "{{.ImageFullID}}": info.ImageID, "{{.Command}}": "sh -c", "{{.DaemonName}}": "mydocker",
	} {
		if got, err := expandTag(tag, info); got != want || err != nil {
			t.Errorf("%q is %q, not %q: %v", tag, got, want, err)
		}
	}
}
