package table

import (
	"strings"
	"testing"
	"time"
)

type animal struct {
	Legs, Name string
}

func (a animal) Label(name string) string { return a.Name + "'s " + name }

func animals() []animal { return []animal{{"4", "cat & dog"}, {"8", "spider\n\x1b[2J"}} }

func printed(t *testing.T, format string) (string, error) {
	t.Helper()
	var w strings.Builder
	list := List[animal]{Format: format, Default: `{{.Name}}\t{{.Legs}}`, Header: Header{"Name": "NAME", "Legs": "LEGS"}}
	err := list.Print(&w, animals())
	return w.String(), err
}

func TestPrint(t *testing.T) {
	for _, test := range []struct{ format, want string }{
		{"", "NAME              LEGS\ncat & dog         4\nspider\\n\\x1b[2J   8\n"},
		{"table", "NAME              LEGS\ncat & dog         4\nspider\\n\\x1b[2J   8\n"},
		{"table {{.Legs}}", "LEGS\n4\n8\n"},
		{`table {{upper .Legs}}\t{{.Label "com.example.some-colour"}}`, "LEGS      some colour\n4         cat & dog's com.example.some-colour\n" +
			"8         spider\\n\\x1b[2J's com.example.some-colour\n"},
		{"json", `{"Legs":"4","Name":"cat & dog"}` + "\n" + `{"Legs":"8","Name":"spider\n\u001b[2J"}` + "\n"},
		{"{{json .Name}}", "\"cat & dog\"\n\"spider\\n\\u001b[2J\"\n"},
		{"{{.Legs}}", "4\n8\n"},
		{`{{.Legs}}\t{{len .Name}}`, "4\t9\n8\t11\n"},
		{`{{title (truncate .Name 3)}}{{pad .Legs 1 2}}|`, "Cat 4  |\nSpi 8  |\n"},
		{`{{join (split .Legs "") "-"}} {{lower "A"}}`, "4 a\n8 a\n"},
		{"tables", "tables\ntables\n"},
		{"x", "x\nx\n"},
	} {
		got, err := printed(t, test.format)
		if err != nil || got != test.want {
			t.Errorf("%q: %v\n%s\nwant\n%s", test.format, err, got, test.want)
		}
	}
}

func TestPrintRefuses(t *testing.T) {
	for _, test := range []struct{ format, want string }{
		{"{{.Wings}}", "can't evaluate field Wings: there are Legs, Name"},
		{"table {{.Wings}}", "can't evaluate field Wings: there are Legs, Name"},
		{"{{.Name", "unclosed action"},
		{"{{nosuch .Name}}", `function "nosuch" not defined`},
	} {
		got, err := printed(t, test.format)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "--format: ") || got != "" {
			t.Errorf("%q: %v, %q", test.format, err, got)
		}
	}
}

func TestObjects(t *testing.T) {
	type thing struct {
		ID    string `json:"Id"`
		Inner struct{ Values []string }
	}
	objects := []thing{{ID: "<1>"}, {ID: "2"}}
	objects[0].Inner.Values = []string{"x", "y"}
	for _, test := range []struct{ format, want string }{
		{"{{.ID}}", "<1>\n2\n"},
		{"{{.Id}}", "<1>\n2\n"},
		{"{{json .Inner.Values}} {{len .Inner.Values}}", "[\"x\",\"y\"] 2\nnull 0\n"},
		{"json", `[{"Id":"<1>","Inner":{"Values":["x","y"]}},{"Id":"2","Inner":{"Values":null}}]` + "\n"},
	} {
		var w strings.Builder
		if err := Objects(&w, test.format, objects); err != nil || w.String() != test.want {
			t.Errorf("%q: %v\n%s\nwant\n%s", test.format, err, w.String(), test.want)
		}
	}
	var w strings.Builder
	if err := Objects(&w, "{{.Nosuch}}", objects); err == nil || w.Len() > 0 {
		t.Errorf("{{.Nosuch}}: %v, %q", err, w.String())
	}
	if err := Objects(&w, "", []thing(nil)); err != nil || w.String() != "[]\n" {
		t.Errorf("nothing: %v, %q", err, w.String())
	}
}

func TestWords(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"2026-02-01T12:00:00Z":      "4 weeks ago",
		"2026-03-01T11:59:00.5Z":    "59 seconds ago",
		"2026-03-01T13:00:00+01:00": "Less than a second ago",
		"2027-03-01T12:00:00Z":      "Less than a second ago",
		"":                          Unknown,
		"yesterday":                 Unknown,
	} {
		if got := Since(Time(text), now); got != want {
			t.Errorf("since %q: %s, want %s", text, got, want)
		}
	}
	if got := At(Time("yesterday")); got != Unknown {
		t.Error(got)
	}
	for bytes, want := range map[int64]string{0: "0B", 999: "999B", 1234: "1.23kB", 178_000_000: "178MB"} {
		if got := Size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "ab…", "äöüß": "äö…"} {
		if got := Ellipsis(text, 3); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// A template never makes mydocker fail in another way than by an error, and a table keeps
// its lines whatever the fields hold.
func FuzzPrint(f *testing.F) {
	for _, seed := range []string{"", "table", "table{{.Name}}", "{{json .}}", "{{pad .Name 1000000000 1}}", "{{truncate .Name -1}}"} {
		f.Add(seed, "name\n")
	}
	f.Fuzz(func(t *testing.T, format, name string) {
		if strings.Contains(format, "range") || strings.Contains(format, "template") || strings.Contains(format, "printf") {
			t.Skip("a loop or a width of the user's own may take its time")
		}
		list := List[animal]{Format: format, Default: `{{.Name}}\t{{.Legs}}`, Header: Header{"Name": "NAME", "Legs": "LEGS"}}
		var w strings.Builder
		if err := list.Print(&w, []animal{{"1", name}}); err == nil && strings.TrimSpace(format) == "" && strings.Count(w.String(), "\n") != 2 {
			t.Errorf("%q makes other lines: %q", name, w.String())
		}
	})
}
