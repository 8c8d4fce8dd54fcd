package images

import (
	"slices"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
)

// named is an image with an id that begins with these digits.
func named(t testing.TB, id, created string, labels map[string]string, names ...string) store.Named {
	t.Helper()
	n := store.Named{Record: image.Record{Created: created, Run: image.RunConfig{Labels: labels}}}
	n.Config.Digest = image.Digest("sha256:" + id + strings.Repeat("0", 64-len(id)))
	for _, name := range names {
		reference, err := image.ParseReference(name)
		if err != nil {
			t.Fatal(err)
		}
		n.Names = append(n.Names, reference)
	}
	return n
}

func TestChoose(t *testing.T) {
	all := []store.Named{
		named(t, "a1", "2026-01-01T00:00:00Z", map[string]string{"maker": "me", "empty": ""}, "alpine:3.20", "alpine:latest"),
		named(t, "b2", "2026-03-01T00:00:00+01:00", nil, "example.com/team/alpine:1"),
		named(t, "c3", "2026-02-01T00:00:00Z", map[string]string{"maker": "you"}),
		named(t, "d4", "", nil, "debian:stable"),
	}
	for _, test := range []struct{ filters, want string }{
		{"", "b2:1 c3: a1:3.20,latest d4:stable"},
		{"dangling=true", "c3:"},
		{"dangling=false", "b2:1 a1:3.20,latest d4:stable"},
		{"dangling=1 dangling=0", ""},
		{"label=maker", "c3: a1:3.20,latest"},
		{"label=maker=me", "a1:3.20,latest"},
		{"label=maker label=empty=", "a1:3.20,latest"},
		{"label!=maker=me", "b2:1 c3: d4:stable"},
		{"label=Maker", ""},
		{"reference=alpine", "a1:3.20,latest"},
		{"reference=alpine:latest", "a1:latest"},
		{"reference=*:3.*", "a1:3.20"},
		{"reference=al*", "a1:3.20,latest"},
		{"reference=*/*/alpine", "b2:1"},
		{"reference=*/alpine", ""},
		{"reference=debian reference=alpine:3.20", "a1:3.20 d4:stable"},
		{"reference=nosuch", ""},
		{"until=2026-02-01T00:00:00Z", "a1:3.20,latest d4:stable"},
		{"until=1769904001", "c3: a1:3.20,latest d4:stable"},
		{"Dangling=true", "c3:"},
	} {
		f, err := parseFilters(strings.Fields(test.filters), "dangling", "label", "label!", "reference", "until")
		if err != nil {
			t.Fatal(err)
		}
		chosen, err := f.choose("/nosuch", all)
		var got []string
		for _, n := range chosen {
			var tags []string
			for _, name := range n.Names {
				tags = append(tags, name.Tag)
			}
			got = append(got, n.ID().Short()[:2]+":"+strings.Join(tags, ","))
		}
		if text := strings.Join(got, " "); err != nil || text != test.want {
			t.Errorf("%s: %v, %s, want %s", test.filters, err, text, test.want)
		}
	}
	if !slices.Equal(all[0].Names, named(t, "a1", "", nil, "alpine:3.20", "alpine:latest").Names) {
		t.Error("a filter has changed what it chose from")
	}
}

func TestParseFiltersRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"dangling":         `invalid value "dangling" for --filter: it is KEY=VALUE`,
		"dangling=":        `invalid value "" for the filter dangling: neither true nor false`,
		"size=1":           `invalid value "size=1" for --filter: there are dangling, reference, until`,
		"dangling=maybe":   `invalid value "maybe" for the filter dangling: neither true nor false`,
		"reference=[":      `invalid value "[" for the filter reference: syntax error in pattern`,
		"until=tomorrow":   `invalid value "tomorrow" for the filter until: neither a duration such as 24h nor a time such as 2006-01-02T15:04:05`,
		"until=2026-13-01": `invalid value "2026-13-01" for the filter until: neither a duration such as 24h nor a time such as 2006-01-02T15:04:05`,
	} {
		if _, err := parseFilters([]string{text}, "dangling", "reference", "until"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// No filter of anybody's makes mydocker fail in another way than by an error.
func FuzzFilters(f *testing.F) {
	f.Add("dangling=true")
	f.Add("reference=[a-\\")
	f.Add("until=9999999999999")
	all := []store.Named{named(f, "a1", "2026-01-01T00:00:00Z", map[string]string{"a": "b"}, "alpine:3.20")}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parseFilters([]string{text}, "dangling", "label", "label!", "reference", "until")
		if err != nil {
			return
		}
		if _, err := parsed.choose("/nosuch", all); err != nil {
			t.Errorf("%q is a filter, and cannot be used: %v", text, err)
		}
	})
}
