package volume

import (
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	options := func(text string) map[string]string {
		m := map[string]string{}
		for pair := range strings.SplitSeq(text, " ") {
			if key, value, is := strings.Cut(pair, "="); is {
				m[key] = value
			}
		}
		return m
	}
	for text, want := range map[string]Backing{
		"":                            {},
		"type=tmpfs device=tmpfs":     {Tmpfs: true},
		"type=tmpfs device=x o=ro":    {Tmpfs: true, ReadOnly: true},
		"type=none o=bind device=/a/": {Device: "/a"},
		"type=bind o=rbind,ro,noexec,nosuid,nodev device=/a": {Device: "/a", Recursive: true, ReadOnly: true, NoExec: true, NoSuid: true, NoDev: true},
		"type=tmpfs device=tmpfs o=size=64m,mode=1770,uid=5": {Tmpfs: true, Data: "size=64m,mode=1770,uid=5"},
	} {
		if got, err := ParseOptions(options(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"foo=bar":                             `invalid option: "foo"`,
		"size=3":                              "quota size requested but no quota support",
		"type=tmpfs":                          `missing required option: "device"`,
		"o=size=3":                            `missing required option: "device"`,
		"device=/a":                           `missing required option: "type"`,
		"type=nfs device=:/x o=addr=1":        "type=nfs: only tmpfs, and a directory",
		"type=ext4 device=/dev/sda o=bind":    "type=ext4: only tmpfs, and a directory",
		"type=none device=/a":                 "type=none takes o=bind",
		"type=none device=/a o=bind,size=1":   "o=size=1: bind, rbind, ro",
		"type=none device=a o=bind":           `device "a" is not an absolute path`,
		"type=tmpfs device=t o=bind":          "cannot stand together",
		"type=tmpfs device=t o=size=big":      `o=size: "big" is no value of it`,
		"type=tmpfs device=t o=mode=9":        `o=mode: "9" is no value of it`,
		"type=tmpfs device=t o=uid=-1":        `o=uid: "-1" is no value of it`,
		"type=tmpfs device=t o=context=x":     "o=context=x: for a tmpfs ro",
		"type=tmpfs device=t o=usrquota":      "o=usrquota: for a tmpfs ro",
		"type=tmpfs device=t o=source=/a":     "o=source=/a: for a tmpfs ro",
		"type=tmpfs device=t o=size=1,mode=x": "o=mode",
	} {
		if got, err := ParseOptions(options(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func FuzzParseOptions(f *testing.F) {
	f.Add("tmpfs", "tmpfs", "size=1,ro")
	f.Add("none", "/a", "bind")
	f.Fuzz(func(t *testing.T, kind, device, o string) {
		b, err := ParseOptions(map[string]string{"type": kind, "device": device, "o": o})
		if err != nil {
			return
		}
		if b.Tmpfs == (b.Device != "") {
			t.Errorf("%+v", b)
		}
		for word := range strings.SplitSeq(b.Data, ",") {
			if strings.ContainsAny(word, "\x00\\\"") {
				t.Errorf("%q", word)
			}
		}
	})
}
