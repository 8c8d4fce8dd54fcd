package registry

import (
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	user, system := filepath.Join(dir, "user.json"), filepath.Join(dir, "system.json")
	if c, err := ReadConfig(user, system); err != nil || c.file() != system || len(c.mirrorsOf(hub)) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	writeFile(t, system, `{"registry-mirrors":["https://m.example"],"insecure-registries":["a.example","10.0.0.0/8"],"max-concurrent-downloads":7}`)
	writeFile(t, user, `{"insecure-registries":[],"mirrors":{"quay.example":["http://q.example:5000/"]}}`)
	c, err := ReadConfig(user, system)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.mirrorsOf(hub), []endpoint{{host: "m.example", known: true}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got, want := c.mirrorsOf("quay.example"), []endpoint{{host: "q.example:5000", plain: true, known: true}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if c.insecure("a.example") || c.Downloads != 7 || !c.plainMirror("q.example:5000") || c.plainMirror("m.example") {
		t.Errorf("%+v", c)
	}
}

func TestReadConfigWrong(t *testing.T) {
	for content, fails := range map[string]string{
		``: "EOF", `[]`: "cannot unmarshal", `{"a":1}`: `unknown field "a"`, `{} {}`: "behind the closing brace",
		`{"registry-mirrors":["m.example"]}`: "begins with https://", `{"registry-mirrors":["ftp://m.example"]}`: "begins with https://",
		`{"registry-mirrors":["https://u:p@m.example"]}`: "no user", `{"registry-mirrors":["https://m.example/x"]}`: "https://HOST",
		`{"registry-mirrors":["https://"]}`: "https://HOST", `{"mirrors":{"../x":[]}}`: `"../x" is no host`, `{"mirrors":{"a.example":["x"]}}`: "mirrors of a.example",
		`{"insecure-registries":["https://a.example"]}`: "neither a host nor a network", `{"insecure-registries":["1.2.3.4/99"]}`: "neither",
		`{"max-concurrent-downloads":-1}`: "from 1 to 100", `{"max-concurrent-uploads":101}`: "from 1 to 100",
	} {
		file := filepath.Join(t.TempDir(), "registries.json")
		writeFile(t, file, content)
		if _, err := ReadConfig(file); err == nil || !strings.Contains(err.Error(), fails) || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: %v, want %q", content, err, fails)
		}
	}
	if _, err := ReadConfig(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
	long := filepath.Join(t.TempDir(), "registries.json")
	writeFile(t, long, strings.Repeat(" ", maxConfig+1))
	if _, err := ReadConfig(long); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}

// FuzzConfig looks for files that are taken and have a mirror that is no address of a host.
func FuzzConfig(f *testing.F) {
	f.Add(`{"registry-mirrors":["https://m.example"],"mirrors":{"a.example":["http://m:5000/"]},"insecure-registries":["10.0.0.0/8"]}`)
	f.Fuzz(func(t *testing.T, content string) {
		c := &Config{}
		if c.parse([]byte(content)) != nil {
			return
		}
		for _, mirror := range c.mirrorsOf(hub) {
			if strings.ContainsAny(mirror.host, "/@?# \\") || mirror.host == "" {
				t.Errorf("%q is taken for a host", mirror.host)
			}
		}
	})
}

// FuzzWords looks for words of a registry that are more than a part of a line.
func FuzzWords(f *testing.F) {
	f.Add(`{"errors":[{"code":"DENIED","message":"no"}],"details":"x"}`)
	f.Fuzz(func(t *testing.T, content string) {
		if words := wordsOf([]byte(content)); strings.ContainsAny(words, "\n\r\x1b") || len(words) > 4000 {
			t.Errorf("%q", words)
		}
	})
}

func TestPolicy(t *testing.T) {
	answer := func(status int, after string) *http.Response {
		return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {after}}}
	}
	p := policy{time.Second}
	for _, row := range []struct {
		attempt  int
		response *http.Response
		least    time.Duration // negative: no further try
	}{
		{0, answer(200, ""), -1}, {0, answer(404, ""), -1}, {0, answer(500, ""), time.Second / 2}, {3, answer(503, ""), 4 * time.Second},
		{4, answer(503, ""), -1}, {0, answer(501, ""), -1}, {0, answer(429, "30"), 30 * time.Second}, {0, answer(429, "61"), -1},
		{0, answer(429, ""), time.Second / 2}, {2, answer(429, ""), -1}, {0, answer(429, "-5"), time.Second / 2}, {3, answer(429, "2"), 4 * time.Second},
		{0, answer(503, "20"), 20 * time.Second}, {0, answer(503, "100000"), time.Second / 2},
		{0, answer(429, time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)), time.Second / 2},
		{0, answer(429, time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)), -1},
	} {
		got, err := p.Retry(row.attempt, row.response, nil)
		if err != nil || row.least < 0 && got >= 0 || row.least >= 0 && got < row.least || got > maxWait {
			t.Errorf("attempt %d, status %d, %q: %v, %v", row.attempt, row.response.StatusCode, row.response.Header, got, err)
		}
	}
}
