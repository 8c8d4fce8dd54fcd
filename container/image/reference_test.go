package image

import (
	"strings"
	"testing"

	"github.com/distribution/reference"
)

const aDigest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func TestParseReference(t *testing.T) {
	for text, want := range map[string][2]string{
		"alpine":                           {"docker.io/library/alpine:latest", "alpine:latest"},
		"alpine:3.20":                      {"docker.io/library/alpine:3.20", "alpine:3.20"},
		"a/b":                              {"docker.io/a/b:latest", "a/b:latest"},
		"docker.io/alpine":                 {"docker.io/library/alpine:latest", "alpine:latest"},
		"index.docker.io/alpine":           {"docker.io/library/alpine:latest", "alpine:latest"},
		"docker.io/library/a/b":            {"docker.io/library/a/b:latest", "library/a/b:latest"},
		"localhost/x":                      {"localhost/x:latest", "localhost/x:latest"},
		"localhost:5000/x":                 {"localhost:5000/x:latest", "localhost:5000/x:latest"},
		"localhost:5000":                   {"docker.io/library/localhost:5000", "localhost:5000"},
		"Host/x":                           {"Host/x:latest", "Host/x:latest"},
		"ghcr.io/a/b/c:T":                  {"ghcr.io/a/b/c:T", "ghcr.io/a/b/c:T"},
		"[::1]:5000/x":                     {"[::1]:5000/x:latest", "[::1]:5000/x:latest"},
		"[::1]/x":                          {"[::1]/x:latest", "[::1]/x:latest"},
		"alpine@" + aDigest:                {"docker.io/library/alpine@" + aDigest, "alpine@" + aDigest},
		"alpine:3@" + aDigest:              {"docker.io/library/alpine:3@" + aDigest, "alpine:3@" + aDigest},
		"a__b.c-d--e_f":                    {"docker.io/library/a__b.c-d--e_f:latest", "a__b.c-d--e_f:latest"},
		strings.Repeat("a", 247):           {"docker.io/library/" + strings.Repeat("a", 247) + ":latest", strings.Repeat("a", 247) + ":latest"},
		"a:" + strings.Repeat("T", maxTag): {"docker.io/library/a:" + strings.Repeat("T", maxTag), "a:" + strings.Repeat("T", maxTag)},
	} {
		r, err := ParseReference(text)
		if err != nil || r.String() != want[0] || r.Familiar() != want[1] {
			t.Errorf("%q: %q, %q, %v; want %q", text, r, r.Familiar(), err, want)
		}
	}
}

func TestParseReferenceRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "it names no image",
		strings.Repeat("a", 64):          "an image's id, not a name",
		"Alpine":                         "repository name (library/Alpine) must be lowercase",
		"a/B":                            "must be lowercase",
		"a//b":                           `"" is no part`,
		"a/":                             `"" is no part`,
		"/a":                             `"" is no part`,
		"../a":                           `".." is no registry`,
		"a/../b":                         `".." is no part`,
		"a/./b":                          `"." is no part`,
		"a___b":                          "is no part",
		"a..b":                           "is no part",
		"a._b":                           "is no part",
		"-a":                             "is no part",
		"a-":                             "is no part",
		"a b":                            "is no part",
		"a\nb":                           `invalid reference format: "a\\nb": `,
		"a:":                             `"" is no tag`,
		"a:.b":                           `".b" is no tag`,
		"a:b/c":                          "no registry: it is HOST or HOST:PORT",
		"x.y:/a":                         "no registry",
		"x_y.z/a":                        "no registry",
		"-x.z/a":                         "no registry",
		"[::1/a":                         "no registry",
		"[]:1/a":                         "no registry",
		"[::1]x/a":                       "no registry",
		"http://x/a":                     "no registry",
		"a@":                             "is no digest",
		"a@sha512:00":                    `"sha512" is not known`,
		"a@" + aDigest + "0":             "not 64 hexadecimal digits",
		"a:b:c":                          `"b:c" is no tag`,
		strings.Repeat("a", 248):         "longer than 255",
		strings.Repeat("a.", 200) + "/a": "longer than 255",
		"a:" + strings.Repeat("T", 129):  "longer than 128",
	} {
		_, err := ParseReference(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// The names are those of Docker's own parser; what mydocker refuses of them is listed.
func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{"alpine", "a/b:c", "localhost:5000/x", "[::1]:5000/x@" + aDigest, "A/b", "a_b.c/d", "a.b/", "index.docker.io/a", "a:1/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseReference(text)
		want, dockers := reference.ParseNormalizedNamed(text)
		if err != nil {
			if dockers == nil && !refusedByUs(want) {
				t.Fatalf("%q: %v; Docker takes it", text, err)
			}
			return
		}
		if dockers != nil {
			t.Fatalf("%q is %q; Docker refuses it: %v", text, got, dockers)
		}
		want = reference.TagNameOnly(want)
		if got.String() != want.String() || got.Familiar() != reference.FamiliarString(want) || got.Name() != want.Name() || got.FamiliarName() != reference.FamiliarName(want) {
			t.Fatalf("%q: %q %q, want %q %q", text, got, got.Familiar(), want, reference.FamiliarString(want))
		}
		if again, err := ParseReference(got.Familiar()); err != nil || again != got {
			t.Fatalf("%q: %q is read as %q, %v", text, got.Familiar(), again, err)
		}
	})
}

// refusedByUs tells of a name what is refused here alone: a registry that none can have, and
// digests other than SHA-256.
func refusedByUs(name reference.Named) bool {
	domain := reference.Domain(name)
	digested, is := name.(reference.Digested)
	return domain == "" || len(domain) > maxDomain || is && digested.Digest().Algorithm() != algorithm
}
