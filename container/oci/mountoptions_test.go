package oci

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

func TestParseMountOptions(t *testing.T) {
	type attributes = wire.Attributes
	for _, test := range []struct {
		options string
		want    mountOptions
	}{
		{"", mountOptions{}},
		{"ro nosuid", mountOptions{flags: unix.MS_RDONLY | unix.MS_NOSUID, attributes: attributes{Set: unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID}}},
		{"ro rw", mountOptions{attributes: attributes{Clear: unix.MOUNT_ATTR_RDONLY}}},
		{"rw ro", mountOptions{flags: unix.MS_RDONLY, attributes: attributes{Set: unix.MOUNT_ATTR_RDONLY}}},
		{"noatime", mountOptions{flags: unix.MS_NOATIME, attributes: attributes{Set: unix.MOUNT_ATTR_NOATIME, Clear: atime}}},
		{"noatime strictatime", mountOptions{flags: unix.MS_STRICTATIME, attributes: attributes{Set: unix.MOUNT_ATTR_STRICTATIME, Clear: atime}}},
		{"noatime relatime", mountOptions{flags: unix.MS_RELATIME, attributes: attributes{Clear: atime}}},
		{"noatime norelatime", mountOptions{flags: unix.MS_NOATIME, attributes: attributes{Set: unix.MOUNT_ATTR_NOATIME, Clear: atime}}},
		{"strictatime nostrictatime", mountOptions{attributes: attributes{Clear: atime}}},
		{"rbind rro rw", mountOptions{bind: true, recursive: true, attributes: attributes{SetBelow: unix.MOUNT_ATTR_RDONLY, Clear: unix.MOUNT_ATTR_RDONLY}}},
		{"rbind rrw rnoatime", mountOptions{bind: true, recursive: true, attributes: attributes{SetBelow: unix.MOUNT_ATTR_NOATIME, ClearBelow: unix.MOUNT_ATTR_RDONLY | atime}}},
		{"bind rslave sync", mountOptions{bind: true, flags: unix.MS_SYNCHRONOUS, propagation: unix.MS_SLAVE | unix.MS_REC}},
		{"remount bind nosymfollow", mountOptions{bind: true, remount: true, flags: unix.MS_NOSYMFOLLOW, attributes: attributes{Set: unix.MOUNT_ATTR_NOSYMFOLLOW}}},
		{"ridmap tmpcopyup", mountOptions{idmap: true, idmapBelow: true, copyUp: true}},
		{"defaults async loud nomand noauto x-systemd.automount _netdev comment=none", mountOptions{}},
		{"size=1m rbnd rfoo", mountOptions{data: []string{"size=1m", "rbnd", "rfoo"}}},
	} {
		if got := parseMountOptions(strings.Fields(test.options)); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, want %+v", test.options, got, test.want)
		}
	}
}

// What is listed is understood, and each option of the specification is listed.
func TestMountOptions(t *testing.T) {
	all := MountOptions()
	if !slices.IsSorted(all) {
		t.Error("not sorted")
	}
	for _, option := range all {
		if parsed := parseMountOptions([]string{option}); len(parsed.data) > 0 {
			t.Errorf("%s is left to the file system", option)
		}
	}
	const specified = `async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec
		noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount
		rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave
		rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap`
	for _, option := range strings.Fields(specified) {
		if !slices.Contains(all, option) {
			t.Errorf("%s is missing", option)
		}
	}
}
