package overlay

import (
	"strings"
	"testing"
)

func TestMountOptions(t *testing.T) {
	for want, options := range map[string]mountOptions{
		"lowerdir=/," + plainOptions: {lowers: []string{"/"}, volatile: true},
		`lowerdir=/a\:b:/c\,d,upperdir=/e\\f,workdir=/g,` + plainOptions + ",userxattr,volatile": {
			lowers: []string{"/a:b", "/c,d"}, upper: `/e\f`, work: "/g", userXattr: true, volatile: true,
		},
	} {
		if got, err := options.text("/"); got != want || err != nil {
			t.Errorf("%+v: %s, %v", options, got, err)
		}
	}
	long := mountOptions{lowers: []string{"/" + strings.Repeat("a/", 2100)}}
	if _, err := long.text("/mnt"); err == nil || !strings.Contains(err.Error(), "overlay over /mnt: its path and that of the changes are too long") {
		t.Errorf("more than mount(2) takes: %v", err)
	}
}
