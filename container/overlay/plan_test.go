package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// fakeHost is a host whose files are those of a list: "DIR/", "FILE", "LINK -> TEXT",
// "SOCKET=". What is not in it is a directory.
type fakeHost string

func (h fakeHost) mode(name string) (fs.FileMode, error) {
	for line := range strings.Lines(string(h)) {
		switch word, link, isLink := strings.Cut(strings.TrimSpace(line), " -> "); {
		case isLink && word == name && link != "":
			return fs.ModeSymlink, nil
		case word == name+"!":
			return 0, unix.ENOTCONN
		case word == name+"*":
			return fs.ModeDir | 0o777, nil
		case word == name+"=":
			return fs.ModeIrregular, nil
		case word == name:
			return 0o644, nil
		}
	}
	return fs.ModeDir | 0o755, nil
}

// owner is 1000 of what is below /home, and of what is called so.
func (h fakeHost) closed(string) bool { return false }

func (h fakeHost) owner(name string) (int, error) {
	if strings.HasPrefix(name, "/home/") || strings.HasSuffix(name, "-1000") {
		return 1000, nil
	}
	return 0, nil
}

func (h fakeHost) list(dir string) (entries []entry, err error) {
	for line := range strings.Lines(string(h)) {
		word, link, _ := strings.Cut(strings.TrimSpace(line), " -> ")
		name := strings.TrimRight(word, "/")
		if !utils.IsBelow(name, dir) || strings.Contains(strings.TrimPrefix(name[len(dir):], "/"), "/") {
			continue
		}
		mode, err := h.mode(word)
		closed := strings.HasSuffix(word, "//")
		if strings.HasSuffix(word, "/") {
			mode = fs.ModeDir | 0o755
		} else if strings.HasSuffix(word, "=") {
			name, mode = strings.TrimSuffix(name, "="), fs.ModeIrregular
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: name[strings.LastIndexByte(name, '/')+1:], mode: mode, link: link, closed: closed})
	}
	return entries, nil
}

// text writes a plan, a line a piece.
func (p *plan) text() string {
	var text strings.Builder
	for _, part := range p.pieces {
		fmt.Fprintf(&text, "%s %q", map[pieceKind]string{copied: "copy", bound: "bind", masked: "mask", emptied: "empty"}[part.kind], part.path)
		for _, flag := range []struct {
			flag uint64
			name string
		}{{unix.MS_RDONLY, " ro"}, {unix.MS_NOEXEC, " noexec"}} {
			if part.flags&flag.flag != 0 {
				text.WriteString(flag.name)
			}
		}
		if part.split {
			text.WriteString(" split")
			for _, e := range part.entries {
				text.WriteString(" " + e.name)
			}
		}
		if part.below {
			text.WriteString(" below")
		}
		text.WriteString("\n")
	}
	if len(p.readOnly) > 0 {
		fmt.Fprintf(&text, "read-only: %s\n", strings.Join(p.readOnly, ", "))
	}
	return text.String()
}

const plainMounts = `21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
22 21 0:20 / /proc rw shared:2 - proc proc rw
23 21 0:21 / /sys rw shared:3 - sysfs sysfs rw
24 21 0:5 / /dev rw shared:4 - devtmpfs udev rw
25 24 0:22 / /dev/shm rw - tmpfs tmpfs rw
`

func TestPlan(t *testing.T) {
	for _, test := range []struct {
		name, mounts, files, base string
		hidden                    []string
		splits                    bool
		want                      string
	}{
		{"plain", plainMounts, "", "/", nil, false, "copy \"/\"\n"},
		{"systemd, with /boot, /home and /tmp of their own", plainMounts + `
26 23 0:23 / /sys/kernel/security rw - securityfs securityfs rw
27 23 0:24 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
28 22 0:29 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw,fd=29
29 21 0:25 / /run rw,nosuid,nodev - tmpfs tmpfs rw
30 29 0:26 / /run/lock rw,nosuid,nodev,noexec - tmpfs tmpfs rw
31 29 0:27 / /run/user/1000 rw - tmpfs tmpfs rw
32 31 0:28 / /run/user/1000/doc rw - fuse.portal portal rw,user_id=1000,group_id=1000
33 21 8:1 / /boot/efi rw - vfat /dev/sda1 rw
34 21 8:3 / /home rw - xfs /dev/sda3 rw
35 21 0:30 / /tmp rw,noexec - tmpfs tmpfs rw
36 21 0:31 / /var/lib/nfs/rpc_pipefs rw - rpc_pipefs sunrpc rw`, "", "/", []string{"/run/user"}, false, `copy "/"
bind "/boot/efi"
copy "/home"
copy "/run"
copy "/run/lock" noexec
copy "/tmp" noexec
read-only: /boot/efi (vfat)
`},
		{"read-only mounts", `21 1 8:2 / / ro - ext4 /dev/sda2 ro
22 21 8:2 /usr /usr ro - ext4 /dev/sda2 rw
23 21 8:3 / /media/dvd ro - iso9660 /dev/sr0 ro
24 21 8:4 / /mnt rw - ext4 /dev/sdb rw`, "", "/", nil, false, "copy \"/\"\nbind \"/media/dvd\" ro\ncopy \"/mnt\"\ncopy \"/usr\" ro\n"},
		{"btrfs subvolumes", `21 1 0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@
22 21 0:30 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home
23 21 0:30 /@snapshots /.snapshots rw - btrfs /dev/sda2 rw`, "", "/", nil, false, "copy \"/\"\ncopy \"/.snapshots\"\ncopy \"/home\"\n"},
		{"autofs, with and without something in it", `21 1 8:2 / / rw - ext4 /dev/sda2 rw
22 21 0:40 / /home rw - autofs /etc/auto.home rw,indirect
23 22 0:41 / /home/alice rw - nfs4 server:/alice rw
24 21 0:42 / /net rw - autofs /etc/auto.net rw,indirect`, "", "/", nil, false, "copy \"/\"\nempty \"/home\"\ncopy \"/home/alice\"\n"},
		{"FUSE, of others and of oneself, and one that has died", `21 1 8:2 / / rw - ext4 /dev/sda2 rw
22 21 0:40 / /mnt/ssh rw - fuse.sshfs host: rw,user_id=1000,group_id=1000
23 21 0:41 / /mnt/own rw - fuse.sshfs host: rw,user_id=0,group_id=0
24 21 0:42 / /mnt/all rw - fuse.mergerfs a:b rw,user_id=1000,allow_other
25 21 8:9 / /mnt/ntfs rw - fuseblk /dev/sdc1 rw,user_id=0,allow_other
26 21 0:43 / /mnt/dead rw - fuse.x y rw,user_id=0`, "/mnt/dead!", "/", nil, false, `copy "/"
copy "/mnt/all"
mask "/mnt/dead"
copy "/mnt/ntfs"
copy "/mnt/own"
bind "/mnt/ssh"
read-only: /mnt/ssh (fuse.sshfs)
`},
		{"in a container of docker's", `900 800 0:60 / / rw - overlay overlay rw,lowerdir=a
901 900 0:61 / /proc rw - proc proc rw
902 900 8:2 /docker/1/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda2 rw
903 900 8:2 /docker/1/hosts /etc/hosts rw - ext4 /dev/sda2 rw
904 900 0:25 /docker.sock /run/docker.sock rw - tmpfs tmpfs rw`, "/etc/resolv.conf\n/etc/hosts\n/run/docker.sock=", "/", nil, false, `copy "/"
bind "/etc/hosts"
bind "/etc/resolv.conf"
mask "/run/docker.sock"
`},
		{"a host with docker's mounts, and snaps", `21 1 8:2 / / rw - ext4 /dev/sda2 rw
22 21 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
23 21 0:50 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
24 21 0:4 net:[4026532] /run/docker/netns/x rw - nsfs nsfs rw`, "/run/docker/netns/x", "/", []string{"/var/lib/docker"}, false, "copy \"/\"\nbind \"/snap/core/1\" ro\n"},
		{"WSL", `21 1 8:32 / / rw - ext4 /dev/sdc rw
22 21 0:30 / /init ro - 9p tools ro
23 21 0:31 / /mnt/c rw - 9p C:\134 rw
24 21 0:32 / /mnt/wsl rw - tmpfs none rw
25 24 0:33 / /mnt/wsl/docker rw - drvx none rw`, "/init", "/", nil, false, `copy "/"
bind "/init" ro
copy "/mnt/c"
copy "/mnt/wsl"
bind "/mnt/wsl/docker"
read-only: /mnt/wsl/docker (drvx)
`},
		{"odd names", `21 1 8:2 / / rw - ext4 /dev/sda2 rw
22 21 8:3 / /a\040b\011c\012d\134e rw - ext4 /dev/sdb rw
23 21 8:4 / /x:y,z rw - ext4 /dev/sdc rw
24 21 8:5 / /gone//deleted rw - ext4 /dev/sdc rw`, "", "/", nil, false, "copy \"/\"\ncopy \"/a b\\tc\\nd\\\\e\"\ncopy \"/x:y,z\"\n"},
		{"mounts that others cover", `20 1 0:1 / / rw - rootfs rootfs rw
21 20 8:2 / / rw - ext4 /dev/sda2 rw
22 21 8:3 / /a rw - ext4 /dev/sdb rw
23 22 8:4 / /a rw - xfs /dev/sdc rw
24 21 8:5 / /b/c rw - ext4 /dev/sdd rw
25 21 8:6 / /b rw - ext4 /dev/sde rw
26 22 8:7 / /a/lost rw - ext4 /dev/sdf rw
27 23 8:8 / /a/seen rw - vfat /dev/sdg rw`, "", "/", nil, false, "copy \"/\"\ncopy \"/a\"\nbind \"/a/seen\"\ncopy \"/b\"\nread-only: /a/seen (vfat)\n"},
		{"a chroot", `30 7 8:3 / /home rw - ext4 /dev/sdb rw
31 30 8:4 / /home/a rw - ext4 /dev/sdc rw
32 7 0:4 / /proc rw - proc proc rw`, "", "/", nil, false, "copy \"/\"\ncopy \"/home\"\ncopy \"/home/a\"\n"},
		{"a user namespace", plainMounts + `26 21 8:3 / /mnt/data rw - ext4 /dev/sdb rw
27 21 8:4 / /home rw,noexec - ext4 /dev/sdc rw
28 27 8:5 / /home/a/disk rw - vfat /dev/sdd rw`, `/bin -> usr/bin
/dev/
/etc/
/home/
/home/a/
/home/a/disk/
/home/a/file
/home/b/
/mnt/
/mnt/data/
/mnt/usb/
/proc/
/root//
/run/
/sys/
/swapfile
/vmlinuz
/socket=`, "/", []string{"/swapfile", "/run/user"}, true, `copy "/" split bin dev etc home mnt proc root run sys swapfile vmlinuz socket
copy "/etc"
copy "/home" noexec split a b
copy "/home/a" noexec split disk file
bind "/home/a/disk"
bind "/home/a/file" noexec
copy "/home/b" noexec
copy "/mnt" split data usb
copy "/mnt/data"
copy "/mnt/usb"
copy "/run"
bind "/vmlinuz"
read-only: /home/a/disk (vfat)
`},
		{"a user namespace, with mounts in one that cannot be copied", `21 1 8:2 / / rw - ext4 /dev/sda2 rw
22 21 8:3 / /usb rw - vfat /dev/sdb rw
23 22 8:4 / /usb/a rw - ext4 /dev/sdc rw`, "/usb/\n/usr/", "/", nil, true, "copy \"/\" split usb usr\nbind \"/usb\" below\ncopy \"/usr\"\nread-only: /usb (vfat)\n"},
		{"a directory that becomes the root", plainMounts + `26 21 8:3 / /srv/root/home rw - ext4 /dev/sdb rw
27 21 0:20 / /srv/root/proc rw - proc proc rw
28 21 0:5 / /srv/root/dev rw - tmpfs udev rw
29 21 8:3 / /home rw - ext4 /dev/sdb rw`, "", "/srv/root", nil, false, "copy \"/srv/root\"\ncopy \"/srv/root/home\"\n"},
	} {
		v := view{mounts: parseMounts(test.mounts), base: test.base, hidden: test.hidden, splits: test.splits, host: fakeHost(test.files)}
		p, err := v.plan()
		if err != nil || p.text() != test.want {
			t.Errorf("%s: %v\n%s\nwant\n%s", test.name, err, p.text(), test.want)
		}
	}
}

// In a user namespace the directories that the command is likely to write to have an
// overlay of their own, where others own the directories that lead there.
func TestPlanOfWritable(t *testing.T) {
	for _, test := range []struct {
		used []string
		want string
	}{
		{nil, ""},
		{[]string{"/srv/all/project-1000/src", "/home/a"}, "copy \"/srv/all/project-1000\"\n"},
		{[]string{"/srv/other", "/usr-1000"}, ""},
		{[]string{"/hidden/x-1000", "/proc/1-1000", "/usb/a-1000", "/srv/file-1000"}, ""},
	} {
		v := view{
			mounts: parseMounts(plainMounts + "26 21 8:3 / /usb rw - vfat /dev/sdb rw"), base: "/", hidden: []string{"/hidden"}, uid: 1000, used: test.used, splits: true,
			host: fakeHost("/etc/\n/home/\n/hidden/\n/proc/\n/srv/\n/srv/file-1000\n/usb/\n/usr-1000/\n/var/\n/var/tmp*\n"),
		}
		p, err := v.plan()
		want := "copy \"/\" split etc home hidden proc srv usb usr-1000 var\ncopy \"/etc\"\ncopy \"/home\"\ncopy \"/srv\"\n" + test.want +
			"bind \"/usb\"\ncopy \"/usr-1000\"\ncopy \"/var\"\ncopy \"/var/tmp\"\nread-only: /usb (vfat)\n"
		if err != nil || p.text() != want {
			t.Errorf("%q: %v\n%s\nwant\n%s", test.used, err, p.text(), want)
		}
	}
}

func TestPlanFails(t *testing.T) {
	v := view{mounts: parseMounts(plainMounts), base: "/", splits: true, host: brokenHost{}}
	if _, err := v.plan(); !errors.Is(err, unix.EIO) {
		t.Errorf("a directory that cannot be read: %v", err)
	}
}

type brokenHost struct{ fakeHost }

func (brokenHost) list(string) ([]entry, error) { return nil, unix.EIO }

func TestInside(t *testing.T) {
	for _, test := range []struct{ base, host, want string }{
		{"/", "/", "/"}, {"/", "/a/b", "/a/b"}, {"/srv", "/srv", "/"}, {"/srv", "/srv/a", "/a"}, {"/srv/b", "/srv/b/c/d", "/c/d"},
	} {
		v := view{base: test.base}
		if got := v.inside(test.host); got != test.want {
			t.Errorf("%s in %s: %s", test.host, test.base, got)
		}
	}
}

// Whatever a table of mounts says, a plan has the root first, no path twice, nothing that
// is hidden or the container's own, and each piece behind the one that it is in.
func FuzzPlan(f *testing.F) {
	f.Add(plainMounts, false)
	f.Add("1 1 8:2 / / rw - ext4 a rw\n2 3 8:2 / /a rw - ext4 a rw\n3 2 8:2 / /a rw - ext4 a rw\n", true)
	f.Add("1 0 8:2 / /hidden rw - ext4 a rw\n2 1 8:2 / /hidden/a rw - autofs a rw\n3 2 0:1 / /sys/x rw - vfat a rw", true)
	f.Fuzz(func(t *testing.T, mounts string, splits bool) {
		v := view{mounts: parseMounts(mounts), base: "/", hidden: []string{"/hidden"}, splits: splits, host: fakeHost("/a/\n/a/b/\n/c\n/sys/\n")}
		p, err := v.plan()
		if err != nil {
			t.Fatal(err)
		}
		if len(p.pieces) == 0 || p.pieces[0].path != "/" || p.pieces[0].kind != copied {
			t.Fatalf("the root is not the first:\n%s", p.text())
		}
		for n, part := range p.pieces[1:] {
			if v.isHidden(part.path) || v.isOwn(part.path) {
				t.Errorf("%q is in the plan", part.path)
			}
			if slices.ContainsFunc(p.pieces[:n+1], func(other piece) bool { return utils.IsAt(other.path, part.path) }) {
				t.Errorf("%q is there twice, or too late:\n%s", part.path, p.text())
			}
		}
	})
}
