package image

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNameFile(t *testing.T) {
	long := strings.Repeat("a", 200)
	seen := map[string]string{}
	for _, name := range []string{
		"alpine", "a/b:c", "localhost:5000/a/b:c", "[::1]:5000/a", "a@" + aDigest, "A/b",
		"x.y/" + long + "/" + long[:50] + ":v1", "x.y/" + long + "/" + long[:50] + ":v2",
	} {
		r, err := ParseReference(name)
		if err != nil {
			t.Fatal(err)
		}
		file := NameFile(r)
		if len(file) > maxFile || strings.ContainsAny(file, "/\x00") || file[0] == '.' || seen[file] != "" {
			t.Errorf("%s: %q, which %q has", name, file, seen[file])
		}
		seen[file] = name
	}
}

// 127 lowers and what else is said of an overlay fit in a page.
func TestLayerNamesFit(t *testing.T) {
	name := LayerName(aDigest)
	if length := 127 * (len(name) + 1); length > 4096-350 || len(name) < 24 || !strings.HasPrefix(Digest(aDigest).Hex(), strings.TrimSuffix(name, "/"+LayerRoot)) {
		t.Errorf("%q: 127 are %d bytes", name, length)
	}
}

func TestVariant(t *testing.T) {
	one, same, other := NewVariant("0 1000 1\n", "         0       1000          1\n"), NewVariant("0 1000 1", "0 1000 1"), NewVariant("0 1001 1", "0 1000 1")
	if one != same || one == other || !one.UserXattr() || Variant("").UserXattr() {
		t.Errorf("%q %q %q", one, same, other)
	}
	layout := LayoutIn("/s")
	for _, v := range []Variant{"", one, other} {
		if back, is := ParseVariantDir(filepath.Base(layout.Layers(v))); !is || back != v {
			t.Errorf("%q: %q, %v", v, back, is)
		}
	}
	for _, name := range []string{"", "user-", "user-xyz", "other", "host2", "user-" + strings.Repeat("g", 16)} {
		if v, is := ParseVariantDir(name); is {
			t.Errorf("%q is %q", name, v)
		}
	}
	if _, err := OwnVariant(); err != nil {
		t.Error(err)
	}
}

func TestPlatform(t *testing.T) {
	for text, want := range map[string]string{
		"linux/amd64": "linux/amd64", "linux/x86_64": "linux/amd64", "LINUX/aarch64/v8": "linux/arm64",
		"linux/arm": "linux/arm/v7", "linux/arm/6": "linux/arm/v6", "linux/armhf": "linux/arm/v7", "arm64": HostPlatform().OS + "/arm64",
		"linux/amd64/v3": "linux/amd64/v3", "windows": "windows/" + HostPlatform().Architecture, "linux/i386": "linux/386",
	} {
		if p, err := ParsePlatform(text); err != nil || p.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, p, err, want)
		}
	}
	for _, text := range []string{"", "/", "linux/", "a/b/c/d", "linux/am d64", "linux/\n", "../x"} {
		if p, err := ParsePlatform(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
