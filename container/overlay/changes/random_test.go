package changes

import (
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// user does at random what a command may do with files.
type user struct {
	random *rand.Rand
	root   string
	number int
}

func (u *user) any(want func(os.FileInfo) bool) string {
	var found []string
	filepath.WalkDir(u.root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == u.root {
			return nil
		}
		if info, err := d.Info(); err == nil && want(info) {
			found = append(found, name)
		}
		return nil
	})
	if len(found) == 0 {
		return filepath.Join(u.root, "nothing")
	}
	return found[u.random.Intn(len(found))]
}

func (u *user) dir() string {
	if u.random.Intn(4) == 0 {
		return u.root
	}
	return u.any(func(info os.FileInfo) bool { return info.IsDir() })
}

func (u *user) file() string {
	return u.any(func(info os.FileInfo) bool { return info.Mode().IsRegular() })
}

func (u *user) other() string {
	return u.any(func(info os.FileInfo) bool { return !info.IsDir() })
}

func (u *user) all() string { return u.any(func(os.FileInfo) bool { return true }) }

// fresh is a name in a directory, new or used.
func (u *user) fresh() string {
	names := []string{"a", "b", "c", "d", "e-f", "e", "new\nline", "é", "\xff"}
	return filepath.Join(u.dir(), names[u.random.Intn(len(names))])
}

func (u *user) content() []byte {
	u.number++
	return []byte(strings.Repeat(fmt.Sprintln(u.number, u.random.Int()), u.random.Intn(200)))
}

// write does not wait for the reader of a FIFO.
func (u *user) write(name string) {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_NONBLOCK|unix.O_NOFOLLOW, 0o644)
	if err == nil {
		unix.Write(fd, u.content())
		unix.Close(fd)
	}
}

// act does one thing. That it may fail is part of it.
func (u *user) act() {
	r := u.random
	switch r.Intn(20) {
	case 0, 1:
		os.Mkdir(u.fresh(), 0o755)
	case 2, 3, 4:
		u.write(u.fresh())
	case 5:
		u.write(u.file())
	case 6:
		os.Chmod(u.any(func(i os.FileInfo) bool { return i.Mode()&fs.ModeSymlink == 0 }), []os.FileMode{0o600, 0o755, 0o711, 0o444}[r.Intn(4)])
	case 7:
		os.Lchown(u.all(), r.Intn(3), r.Intn(3))
	case 8:
		when := unix.Timespec{Sec: int64(r.Intn(1e9)), Nsec: int64(r.Intn(1e9))}
		unix.UtimesNanoAt(unix.AT_FDCWD, u.all(), []unix.Timespec{when, when}, unix.AT_SYMLINK_NOFOLLOW)
	case 9:
		os.Symlink([]string{"a", "/no/such/file", "../b", "nowhere"}[r.Intn(4)], u.fresh())
	case 10:
		os.Link(u.file(), u.fresh())
	case 11:
		os.Rename(u.other(), u.fresh())
	case 12:
		os.Rename(u.all(), u.fresh())
	case 13:
		os.Remove(u.other())
	case 14:
		if d := u.dir(); d != u.root {
			os.RemoveAll(d)
			if r.Intn(2) == 0 {
				os.Mkdir(d, 0o750)
			}
		}
	case 15:
		unix.Mknod(u.fresh(), []uint32{unix.S_IFIFO, unix.S_IFSOCK, unix.S_IFCHR}[r.Intn(3)]|0o640, int(unix.Mkdev(1, 3)))
	case 16:
		unix.Lsetxattr(u.file(), "user.color", []byte{byte(r.Intn(256))}, 0)
	case 17:
		unix.Lsetxattr(u.all(), "trusted.mark", []byte("x"), 0)
	case 18:
		name := u.other() // becomes a directory
		os.Remove(name)
		os.Mkdir(name, 0o700)
		u.write(filepath.Join(name, "inside"))
	case 19:
		if d := u.dir(); d != u.root && d != filepath.Join(u.root, "nothing") {
			os.RemoveAll(d)
			u.write(d)
		}
	}
}

// What is applied is what the container saw, whatever it did, and what is undone is as it
// was; and so on with the next run.
func TestRandomChanges(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t)
			l.userXattr = seed%3 == 2
			random := rand.New(rand.NewSource(int64(seed)))
			builder := &user{random: random, root: l.host}
			for range 60 {
				builder.act()
			}
			l.unlinkNames()
			l.begin()
			for round := range 2 {
				before := l.picture()
				var seen picture
				l.run(func(root string) {
					u := &user{random: random, root: root}
					for range 1 + random.Intn(40) {
						u.act()
					}
					seen, _ = pictureOf(root)
				})
				listed := l.diff()
				if told := l.apply(Options{Privileged: true}); len(told) > 0 {
					t.Errorf("round %d: %q", round, told)
				}
				l.expect("applied", l.picture(), seen)
				if rest := l.diff(); len(rest) > 0 {
					t.Errorf("round %d: still different: %q", round, rest)
				}
				if len(listed) == 0 {
					continue
				}
				if undone := l.undo(false); len(undone.Refused) > 0 {
					t.Errorf("round %d: not undone: %v", round, undone.Refused)
				}
				l.expect("undone", l.picture(), before)
				if again := l.diff(); !slices.Equal(again, listed) {
					t.Errorf("round %d: the changes are %q, were %q", round, again, listed)
				}
				if told := l.apply(Options{Privileged: true}); len(told) > 0 {
					t.Errorf("round %d, again: %q", round, told)
				}
				l.expect("applied again", l.picture(), seen)
			}
		})
		if t.Failed() {
			break
		}
	}
}

// unlinkNames leaves each file of the host one name: overlayfs breaks links when it copies
// a file, and then no picture of both is the same.
func (l *lab) unlinkNames() {
	seen := map[uint64]bool{}
	filepath.WalkDir(l.host, func(name string, d fs.DirEntry, _ error) error {
		var s unix.Stat_t
		l.must(unix.Lstat(name, &s))
		if !d.IsDir() && seen[s.Ino] {
			l.must(os.Remove(name))
		}
		seen[s.Ino] = true
		return nil
	})
}
