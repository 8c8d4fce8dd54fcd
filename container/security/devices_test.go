package security

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
)

func TestFindDevices(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("/dev/null", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	nodes, err := FindDevices([]spec.Device{
		{Source: "/dev/null", Target: "/dev/a", Access: "r"}, {Source: dir + "/link", Target: "/opt/b", Access: "mr"},
		{Source: "/dev/zero", Target: "/dev/a", Access: "rwm"}, {Source: "/dev/ptmx", Target: "/dev/ptmx", Access: "rwm"},
	})
	var got []string
	for _, n := range nodes {
		got = append(got, fmt.Sprintf("%s %s %d:%d %s", n.Source, n.Target, unix.Major(n.Device), unix.Minor(n.Device), n.Access))
	}
	if want := []string{"/dev/null /opt/b 1:3 mr", "/dev/zero /dev/a 1:5 rwm"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	rules := Rules(&spec.Security{DeviceRules: []spec.DeviceRule{{Type: 'b', Major: 8, Minor: 0, Access: "r", Asked: true}}}, nodes)
	var texts []string
	for _, r := range rules[len(DefaultRules()):] {
		texts = append(texts, r.String())
		if !r.Asked {
			t.Errorf("%v was asked for", r)
		}
	}
	if want := []string{"c 1:3 rm", "c 1:5 rwm", "b 8:0 r"}; !slices.Equal(texts, want) {
		t.Errorf("%q, want %q", texts, want)
	}
}

func TestFindDevicesRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	for source, want := range map[string]string{
		"/dev/there-is-none": "--device /dev/there-is-none: error gathering device information: there is no such file",
		file:                 "not a device node", dir + "/fifo": "not a device node", dir: "no device node is in that directory", file + "/x": "there is no such file",
	} {
		if nodes, err := FindDevices([]spec.Device{{Source: source, Target: "/dev/x", Access: "r"}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", source, nodes, err)
		}
	}
}

// A directory stands for the devices in it, but for what each container has itself.
func TestFindDevicesInDirectory(t *testing.T) {
	nodes, err := FindDevices([]spec.Device{{Source: "/dev", Target: "/host", Access: "rw"}})
	if err != nil {
		t.Fatal(err)
	}
	has := func(target string) bool {
		return slices.ContainsFunc(nodes, func(n Node) bool { return n.Target == target })
	}
	if !has("/host/null") || !has("/host/tty") || has("/host/ptmx") || has("/host/console") || has("/host/pts/0") || has("/host/fd/0") {
		t.Errorf("%+v", nodes)
	}
}

func TestOperations(t *testing.T) {
	nodes := []Node{
		{Source: "/dev/kvm", Target: "/dev/kvm", Mode: unix.S_IFCHR | 0o660, Device: unix.Mkdev(10, 232), GID: 20},
		{Source: "/dev/net/tun", Target: "/dev/net/tun", Mode: unix.S_IFCHR | 0o666, Device: unix.Mkdev(10, 200)},
		{Source: "/dev/net/x", Target: "/dev/net/x", Mode: unix.S_IFCHR}, {Source: "/dev/sda", Target: "/opt/disk", Mode: unix.S_IFBLK},
		{Source: "/dev/sdb", Target: "/dev/shm/disk", Mode: unix.S_IFBLK},
	}
	for userNamespace, want := range map[bool]string{
		false: "node /dev/kvm|0 14 ;directory /dev/net|;node /dev/net/tun|0 0 ;node /dev/net/x|0 0 ;directory /devices|;node /devices/3|0 0 ;bind /opt/disk|/devices/3;node /devices/4|0 0 ;bind /dev/shm/disk|/devices/4",
		true:  "bind /dev/kvm|/dev/kvm;bind /dev/net/tun|/dev/net/tun;bind /dev/net/x|/dev/net/x;bind /opt/disk|/dev/sda;bind /dev/shm/disk|/dev/sdb",
	} {
		var got []string
		for _, o := range Operations(nodes, userNamespace) {
			got = append(got, o.Kind+" "+o.Path+"|"+o.Data+o.Source)
		}
		if strings.Join(got, ";") != want {
			t.Errorf("%v: %q", userNamespace, got)
		}
	}
}
