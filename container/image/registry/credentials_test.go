package registry

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"oras.land/oras-go/v2/registry/remote/auth"
)

// credentialsFile is a config.json with a user's password.
func credentialsFile(t *testing.T, host, user, password string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "config.json")
	basic := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	writeFile(t, name, `{"auths":{"`+host+`":{"auth":"`+basic+`"}}}`)
	return name
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Where passwords are found: in Docker's file, by all names of Docker Hub, by old names of a
// host, in podman's file, and by programs.
func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	helper := filepath.Join(dir, "docker-credential-test")
	if err := os.WriteFile(helper, []byte("#!/bin/sh\nread host\ncase $1:$host in\nget:helped.example) echo '{\"Username\":\"h\",\"Secret\":\"s\"}';;\n"+
		"get:token.example) echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}';;\n*) echo credentials not found in native keychain; exit 1;;\nesac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	docker, podman := filepath.Join(dir, "config.json"), filepath.Join(dir, "auth.json")
	writeFile(t, docker, `{"auths":{"https://index.docker.io/v1/":{"auth":"aHViOnAx"},"https://old.example/v1/":{"auth":"b2xkOnAy"},"a.example":{"auth":"YTpwMw=="},"broken.example":{"auth":"!"}},
		"credHelpers":{"helped.example":"test","token.example":"test","unknown.example":"test","missing.example":"is-not-there"}}`)
	writeFile(t, podman, `{"auths":{"quay.example":{"auth":"cTpwNA=="},"a.example":{"auth":"eDp4"}}}`)
	c := &Credentials{File: docker, Others: []string{podman, filepath.Join(dir, "none.json")}}
	for host, want := range map[string]auth.Credential{
		"registry-1.docker.io": {Username: "hub", Password: "p1"}, "docker.io": {Username: "hub", Password: "p1"},
		"old.example": {Username: "old", Password: "p2"}, "a.example": {Username: "a", Password: "p3"},
		"quay.example": {Username: "q", Password: "p4"}, "helped.example": {Username: "h", Password: "s"},
		"token.example": {RefreshToken: "t"}, "unknown.example": {}, "nobody.example": {},
	} {
		if got, err := c.of(t.Context(), host); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", host, got, err, want)
		}
	}
	for host, fails := range map[string]string{"missing.example": "docker-credential-is-not-there", "broken.example": "decode auth"} {
		if _, err := c.of(t.Context(), host); err == nil || !strings.Contains(err.Error(), fails) || !strings.Contains(err.Error(), docker) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if !c.known("docker.io") || !c.known("a.example") || c.known("nobody.example") {
		t.Error("known is wrong")
	}
}

// A file that cannot be read is named, and no pull without a password needs it.
func TestCredentialsBroken(t *testing.T) {
	for name, content := range map[string]string{
		"a store's path": `{"credsStore":"../../x"}`, "a helper's path": `{"credHelpers":{"b.example":"x/y"}}`, "no JSON": "{", "a list": "[]", "strange": `{"auths":[]}`, "long": strings.Repeat(" ", maxConfig+1),
	} {
		file := filepath.Join(t.TempDir(), "config.json")
		writeFile(t, file, content)
		if _, err := (&Credentials{File: file}).of(t.Context(), "a.example"); err == nil || !strings.Contains(err.Error(), file) && !strings.Contains(err.Error(), "auths") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Login and logout keep what else is in the file, and who may read it. A link stays one.
func TestCredentialsKept(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "config.json")
	writeFile(t, real, `{"auths":{"b.example":{"auth":"eDp5","email":"kept"},"https://a.example/v1/":{"auth":"eDp5"}},"HttpHeaders":{"X":"y"},"psFormat":"kept"}`)
	if err := os.Symlink("real.json", link); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(real, 0o644); err != nil {
		t.Fatal(err)
	}
	c := &Credentials{File: link}
	if err := c.put(t.Context(), "a.example", auth.Credential{Username: "u", Password: "p"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"HttpHeaders": map[string]any{"X": "y"}, "psFormat": "kept", "auths": map[string]any{
		"b.example": map[string]any{"auth": "eDp5", "email": "kept"}, "https://a.example/v1/": map[string]any{"auth": "eDp5"},
		"a.example": map[string]any{"auth": "dTpw"},
	}}
	check := func() {
		t.Helper()
		info, err := os.Stat(real)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if target, err := os.Readlink(link); err != nil || target != "real.json" {
			t.Errorf("%q, %v", target, err)
		}
		var got map[string]any
		content, _ := os.ReadFile(real)
		if err := json.Unmarshal(content, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %v", content, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*temp*")); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}
	check()
	if plain, err := c.plain("a.example"); err != nil || !plain {
		t.Errorf("plain = %t, %v", plain, err)
	}
	c = &Credentials{File: link}
	had, err := c.erase(t.Context(), "a.example")
	if err != nil || !had {
		t.Errorf("erase = %t, %v", had, err)
	}
	auths := want["auths"].(map[string]any)
	delete(auths, "a.example")
	delete(auths, "https://a.example/v1/")
	check()
	if had, err := c.erase(t.Context(), "a.example"); err != nil || had {
		t.Errorf("erase again = %t, %v", had, err)
	}
}
