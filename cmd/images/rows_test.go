package images

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

func TestImageRows(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	n := named(t, "a1b2c3d4e5f6a7", "2026-02-01T00:00:00Z", nil, "alpine:3.20", "localhost:5000/x@sha256:"+strings.Repeat("ab", 32))
	n.Size = 7_800_000
	n.Manifest.Digest = image.Digest("sha256:" + strings.Repeat("cd", 32))
	n.Platform = image.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"}
	var printed strings.Builder
	list := table.List[imageRow]{Default: imageColumns(true), Header: imageHeader()}
	dangling := n
	dangling.Names, dangling.Created = nil, ""
	if err := list.Print(&printed, append(rowsOf(&n, false, now), rowsOf(&dangling, false, now)...)); err != nil {
		t.Fatal(err)
	}
	digest := "sha256:" + strings.Repeat("cd", 32)
	want := "REPOSITORY         TAG       DIGEST                                                                    IMAGE ID       CREATED       SIZE\n" +
		"alpine             3.20      " + digest + "   a1b2c3d4e5f6   4 weeks ago   7.8MB\n" +
		"localhost:5000/x   <none>    " + digest + "   a1b2c3d4e5f6   4 weeks ago   7.8MB\n" +
		"<none>             <none>    " + digest + "   a1b2c3d4e5f6   N/A           7.8MB\n"
	if printed.String() != want {
		t.Errorf("printed\n%swant\n%s", printed.String(), want)
	}
	if row := rowsOf(&n, true, now)[0]; row.ID != string(n.ID()) || row.Platform != "linux/arm64/v8" {
		t.Errorf("%+v", row)
	}
	n.Index = image.Digest("sha256:" + strings.Repeat("ef", 32))
	if row := rowsOf(&n, false, now)[0]; row.Digest != string(n.Index) {
		t.Errorf("of an index: %s", row.Digest)
	}
}

// What there is of an image has a title, and a place in the order of Docker's JSON.
func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		row    any
		header table.Header
	}{{imageRow{}, imageHeader()}, {historyRow{}, historyHeader()}} {
		fields := reflect.TypeOf(test.row)
		for n := range fields.NumField() {
			name := fields.Field(n).Name
			if test.header[name] == "" || n > 0 && name < fields.Field(n-1).Name {
				t.Errorf("%s.%s: no title, or not in order", fields.Name(), name)
			}
		}
		if len(test.header) != fields.NumField() {
			t.Errorf("%s has %d fields, %d titles", fields.Name(), fields.NumField(), len(test.header))
		}
	}
}

func TestHistoryRows(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	record := image.Record{Layers: []image.Layer{{Size: 1000}, {Size: 2000}, {Size: 3000}}}
	record.Config.Digest = image.Digest("sha256:" + strings.Repeat("ab", 32))
	history := []manifest.History{
		{Created: "2026-02-28T00:00:00Z", CreatedBy: "ADD\tfile " + strings.Repeat("x", 50), Comment: "first"},
		{CreatedBy: "CMD [\"sh\"]", EmptyLayer: true},
		{Created: "nonsense", CreatedBy: "RUN true"},
	}
	form := &historyForm{human: true, now: now}
	want := []historyRow{
		{ID: "abababababab", CreatedAt: "N/A", CreatedSince: "N/A", Size: "3kB"},
		{ID: missing, CreatedAt: "N/A", CreatedSince: "N/A", CreatedBy: "RUN true", Size: "2kB"},
		{ID: missing, CreatedAt: "N/A", CreatedSince: "N/A", CreatedBy: "CMD [\"sh\"]", Size: "0B"},
		{ID: missing, Comment: "first", CreatedAt: table.Time(history[0].Created).Local().Format(time.RFC3339), CreatedSince: "24 hours ago",
			CreatedBy: "ADD file " + strings.Repeat("x", 35) + "…", Size: "1kB"},
	}
	got := historyOf(&record, history, form)
	for n := range want {
		if n >= len(got) || got[n] != want[n] {
			t.Errorf("row %d of %+v\nwant %+v", n, got, want[n])
		}
	}
	form.human, form.whole = false, true
	last := historyOf(&record, history, form)[3]
	if last.Size != "1000" || last.CreatedSince != last.CreatedAt || !strings.HasSuffix(last.CreatedBy, strings.Repeat("x", 50)) {
		t.Errorf("for programs: %+v", last)
	}
	// More steps with layers than layers: such a history is wrong, and no reason to fail.
	record.Layers = record.Layers[:1]
	if got := historyOf(&record, history, form); len(got) != 3 || got[0].Size != "0" {
		t.Errorf("a history that is too long: %+v", got)
	}
}

func TestNewName(t *testing.T) {
	for text, want := range map[string]string{
		"alpine": "docker.io/library/alpine:latest", "localhost:5000/a:b": "localhost:5000/a:b", "ALPINE": "", "": "", "a@sha256:" + strings.Repeat("ab", 32): "",
	} {
		name, err := newName(text)
		if want == "" && err == nil || want != "" && (err != nil || name.String() != want) {
			t.Errorf("%q: %v, %v", text, name, err)
		}
	}
}
