package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
)

var hex = strings.Repeat("0a", 32)

func descriptor(mediaType string) string {
	return fmt.Sprintf(`{"mediaType":%q,"digest":"sha256:%s","size":7}`, mediaType, hex)
}

const layerType = "application/vnd.oci.image.layer.v1.tar+gzip"

func TestParse(t *testing.T) {
	good := `{"schemaVersion":2,"config":` + descriptor(OCIConfig) + `,"layers":[` + descriptor(layerType) + `]}`
	for name, row := range map[string]struct{ said, content, fails string }{
		"manifest":          {OCIManifest, good, ""},
		"nobody says":       {"", good, ""},
		"said as text":      {"text/plain", good, ""},
		"index":             {OCIIndex, `{"schemaVersion":2,"manifests":[` + descriptor(OCIManifest) + `]}`, ""},
		"empty index":       {DockerIndex, `{"schemaVersion":2,"manifests":[]}`, ""},
		"no JSON":           {OCIManifest, `<html>`, "no JSON object"},
		"a list":            {OCIManifest, `[]`, "no JSON object"},
		"schema 1":          {"application/vnd.docker.distribution.manifest.v1+prettyjws", `{"schemaVersion":1}`, "schema 1"},
		"schema 1, hidden":  {"application/json", `{"schemaVersion":1,"fsLayers":[]}`, "schema 1"},
		"schema 3":          {OCIManifest, `{"schemaVersion":3}`, "schemaVersion 3"},
		"no schema":         {OCIManifest, `{}`, "schemaVersion 0"},
		"two things":        {OCIManifest, `{"schemaVersion":2,"manifests":[],"layers":[]}`, "at the same time"},
		"two types":         {OCIManifest, `{"schemaVersion":2,"mediaType":"` + DockerManifest + `"}`, "its source that it is"},
		"index as manifest": {OCIManifest, `{"schemaVersion":2,"manifests":[]}`, "its fields are not"},
		"manifest as index": {OCIIndex, good, "its fields are not"},
		"another type":      {"", `{"schemaVersion":2,"mediaType":"application/x"}`, `"application/x", which is no image`},
		"upper case":        {OCIManifest, `{"schemaVersion":2,"CONFIG":` + descriptor(OCIConfig) + `}`, "no digest"},
		"path as digest": {OCIManifest, `{"schemaVersion":2,"config":{"mediaType":"` + OCIConfig +
			`","digest":"sha256:../../../../etc/passwd","size":1}}`, "hexadecimal"},
		"other algorithm": {OCIManifest, `{"schemaVersion":2,"config":{"mediaType":"` + OCIConfig + `","digest":"md5:00","size":1}}`, `"md5" is not known`},
		"negative size": {OCIManifest, `{"schemaVersion":2,"config":{"mediaType":"` + OCIConfig + `","digest":"sha256:` + hex +
			`","size":-1}}`, "size is -1"},
		"chart":         {OCIManifest, `{"schemaVersion":2,"config":` + descriptor("application/vnd.cncf.helm.config.v1+json") + `,"layers":[]}`, `an artifact of type "application/vnd.cncf.helm.config.v1+json"`},
		"artifact":      {OCIManifest, `{"schemaVersion":2,"artifactType":"a/b","config":` + descriptor("application/vnd.oci.empty.v1+json") + `,"layers":[]}`, `an artifact of type "a/b"`},
		"foreign":       {DockerManifest, `{"schemaVersion":2,"config":` + descriptor(DockerConfig) + `,"layers":[` + descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip") + `]}`, "foreign layer"},
		"foreign, OCI":  {OCIManifest, `{"schemaVersion":2,"config":` + descriptor(OCIConfig) + `,"layers":[` + descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar") + `]}`, "foreign layer"},
		"encrypted":     {OCIManifest, `{"schemaVersion":2,"config":` + descriptor(OCIConfig) + `,"layers":[` + descriptor(layerType+"+encrypted") + `]}`, "is not known"},
		"octet stream":  {OCIManifest, `{"schemaVersion":2,"config":` + descriptor("application/octet-stream") + `,"layers":[]}`, ""},
		"wrong JSON":    {OCIManifest, `{"schemaVersion":2,"layers":{}}`, "layers: json"},
		"layer no path": {OCIManifest, `{"schemaVersion":2,"config":` + descriptor(OCIConfig) + `,"layers":[{"mediaType":"` + layerType + `","digest":"x","size":1}]}`, "layer: "},
	} {
		t.Run(name, func(t *testing.T) {
			document, err := Parse(row.said, []byte(row.content))
			if row.fails == "" {
				if err != nil || (document.Index == nil) == (document.Image == nil) {
					t.Fatalf("Parse = %+v, %v", document, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.fails) {
				t.Fatalf("Parse = %v, want %q", err, row.fails)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	entry := func(platform string) Entry {
		if platform == "" {
			return Entry{}
		}
		words := append(strings.Split(platform, "/"), "")
		return Entry{Platform: &image.Platform{OS: words[0], Architecture: words[1], Variant: words[2]}}
	}
	for _, row := range []struct {
		want  string
		has   []string
		index int // -1: none
	}{
		{"linux/amd64", []string{"linux/arm64", "linux/amd64"}, 1},
		{"linux/amd64", []string{"linux/amd64/v3", "linux/amd64"}, 1},
		{"linux/amd64/v3", []string{"linux/amd64", "linux/amd64/v2"}, 1},
		{"linux/amd64", []string{"linux/amd64/v2"}, -1},
		{"linux/arm", []string{"linux/arm/v5", "linux/arm/v6"}, 1},
		{"linux/arm/v6", []string{"linux/arm/v7", "linux/arm/v5"}, 1},
		{"linux/arm64/v8", []string{"linux/arm64"}, 0},
		{"linux/arm64", []string{"linux/arm64/v8"}, 0},
		{"linux/aarch64", []string{"linux/arm64/v8"}, 0},
		{"linux/arm64/v9", []string{"linux/arm64"}, 0},
		{"linux/s390x", []string{"linux/amd64", "unknown/unknown"}, -1},
		{"windows/amd64", []string{"linux/amd64"}, -1},
		{"linux/amd64", []string{""}, 0},
		{"linux/amd64", []string{"", ""}, -1},
		{"linux/ppc64le/power9", []string{"linux/ppc64le/power8", "linux/ppc64le/power9"}, 1},
	} {
		want, err := image.ParsePlatform(row.want)
		if err != nil {
			t.Fatal(err)
		}
		index := &Index{}
		for n, has := range row.has {
			e := entry(has)
			e.Size = int64(n)
			index.Manifests = append(index.Manifests, e)
		}
		got, err := index.Choose(want)
		var missing *PlatformError
		if row.index < 0 && !errors.As(err, &missing) || row.index >= 0 && (err != nil || got.Size != int64(row.index)) {
			t.Errorf("%s of %v: %d, %v, want %d", row.want, row.has, got.Size, err, row.index)
		}
		if missing != nil && strings.Contains(missing.Error(), "unknown") {
			t.Errorf("%v: an attestation is no platform", missing)
		}
	}
}

func TestParsePlatform(t *testing.T) {
	for text, want := range map[string]string{
		"linux/amd64": "linux/amd64", "Linux/X86_64": "linux/amd64", "arm64": "linux/arm64", "linux/arm": "linux/arm/v7",
		"linux/arm/6": "linux/arm/v6", "linux/arm64/v8": "linux/arm64", "linux/armhf": "linux/arm/v7", "386": "linux/386",
		"": "", "linux/": "", "/": "", "a/b/c/d": "",
	} {
		got, err := image.ParsePlatform(text)
		if want == "" && err == nil || want != "" && (err != nil || got.String() != want) {
			t.Errorf("ParsePlatform(%q) = %v, %v, want %q", text, got, err, want)
		}
	}
}

func TestParseConfig(t *testing.T) {
	for content, fails := range map[string]string{
		`{"os":"linux","architecture":"amd64","created":"2024-01-02T03:04:05.678Z","config":{"Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":["sha256:` + hex + `"]}}`: "",
		`{"rootfs":{"type":"layers"}}`: "",
		`{}`:                           `its root is ""`,
		`[]`:                           "cannot be read",
		`{"rootfs":{"type":"layers","diff_ids":["../x"]}}`:             "diff_ids",
		`{"created":"yesterday","rootfs":{"type":"layers"}}`:           "no time",
		`{"config":{"Env":"A=b"},"rootfs":{"type":"layers"}}`:          "cannot be read",
		`{"config":{"Volumes":["/x"]},"rootfs":{"type":"layers"}}`:     "cannot be read",
		`{"config":null,"rootfs":{"type":"layers","diff_ids":null}}`:   "",
		`{"rootfs":{"type":"windows-base","diff_ids":null},"os":"xy"}`: `its root is "windows-base"`,
	} {
		_, err := ParseConfig([]byte(content))
		if fails == "" && err != nil || fails != "" && (err == nil || !strings.Contains(err.Error(), fails)) {
			t.Errorf("ParseConfig(%s) = %v, want %q", content, err, fails)
		}
	}
}

// FuzzParse looks for documents that are taken and have a digest that is none.
func FuzzParse(f *testing.F) {
	f.Add(OCIManifest, `{"schemaVersion":2,"config":`+descriptor(OCIConfig)+`,"layers":[`+descriptor(layerType)+`]}`)
	f.Add(OCIIndex, `{"schemaVersion":2,"manifests":[{"platform":{"os":"linux","architecture":"arm","variant":"v7"}}]}`)
	f.Add("", `{"schemaVersion":1}`)
	f.Fuzz(func(t *testing.T, mediaType, content string) {
		document, err := Parse(mediaType, []byte(content))
		if err != nil {
			return
		}
		var all []image.Descriptor
		if document.Image != nil {
			all = append(document.Image.Layers, document.Image.Config)
		} else {
			for _, entry := range document.Index.Manifests {
				all = append(all, entry.Descriptor)
			}
			if entry, err := document.Index.Choose(image.HostPlatform()); err == nil && entry.Digest == "" {
				t.Error("an entry without a digest was chosen")
			}
		}
		for _, d := range all {
			if _, err := image.ParseDigest(string(d.Digest)); err != nil || d.Size < 0 {
				t.Errorf("%+v was taken: %v", d, err)
			}
		}
	})
}

// FuzzParseConfig looks for configurations that are taken and have a digest that is none.
func FuzzParseConfig(f *testing.F) {
	f.Add(`{"rootfs":{"type":"layers","diff_ids":["sha256:` + hex + `"]}}`)
	f.Fuzz(func(t *testing.T, content string) {
		config, err := ParseConfig([]byte(content))
		if err != nil {
			return
		}
		for _, id := range config.RootFS.DiffIDs {
			if _, err := image.ParseDigest(string(id)); err != nil {
				t.Error(err)
			}
		}
	})
}
