package users

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// The bounds of passwd(5) and group(5) of a container: whoever wrote them must not fill
// the host's memory. Each line becomes several times its size there.
const (
	maxAccounts = 8 << 20
	maxLine     = 1 << 20
)

// Files are those of a container in which names are looked up. None of them is trusted:
// no link leads out of the root, and nothing is opened but regular files.
type Files struct {
	// Root is the directory that is the container's root file system, "/" for the host's.
	Root string
	// Tree is that file system instead of Root, if it is not nil.
	Tree Tree
	// Layers hold what earlier runs have changed of it.
	Layers []Layer
	// Mounts are what the container sees in the place of some of it.
	Mounts []spec.Mount

	targets []string // see resolvedTargets
}

// Tree is a root file system that is no directory. No link in it leads out.
type Tree interface {
	// Open opens a file behind all links (O_PATH), as utils.OpenInRoot does.
	Open(file string) (fd int, err error)
	// Target is where a path leads, as utils.TargetInRoot says it.
	Target(file string) string
}

// Layer is an upper directory of overlayfs over Mount, a directory of the container.
type Layer struct{ Mount, Upper string }

// ownRoot reports whether they are not those of the host.
func (f *Files) ownRoot() bool { return f != nil && f.Root != "/" }

// read returns what is in a file of the container; one that does not exist knows nobody.
func (f *Files) read(file string) (string, error) {
	fd, err := f.open(file)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s of the container: %w", file, err)
	}
	content, err := utils.ReadRegular(fd, maxAccounts)
	if err = errors.Join(err, unix.Close(fd)); err == nil {
		err = checkLines(string(content))
	}
	if err != nil {
		return "", fmt.Errorf("%s of the container: %w", file, err)
	}
	return string(content), nil
}

func checkLines(content string) error {
	number := 0
	for line := range strings.Lines(content) {
		if number++; len(line) > maxLine {
			return fmt.Errorf("line %d is longer than %d bytes", number, maxLine)
		}
		if strings.IndexByte(line, 0) >= 0 { // a home with one would put a field of its own into what init reads
			return fmt.Errorf("line %d holds a NUL byte", number)
		}
	}
	return nil
}

func (f *Files) open(file string) (fd int, err error) {
	if m, below, is := f.mounted(file); is {
		return openMounted(m, below)
	}
	if layer, below, is := f.layered(file); is {
		if fd, below, err := openChanged(layer.Upper, below); err != nil || !below {
			return fd, err
		}
	}
	if f.Tree != nil {
		return f.Tree.Open(file)
	}
	return utils.OpenInRoot(f.Root, file)
}

func (f *Files) target(file string) string {
	if f.Tree != nil {
		return f.Tree.Target(file)
	}
	return utils.TargetInRoot(f.Root, file)
}

// mounted is the mount that a file is on, and its path there. A mount lies where the links
// of the root lead, and so may what is below it; what it covers has no say in that.
func (f *Files) mounted(file string) (on *spec.Mount, below string, is bool) {
	if len(f.Mounts) == 0 {
		return nil, "", false
	}
	targets := f.resolvedTargets()
	inDir := path.Join(f.target(path.Dir(file)), path.Base(file))
	for _, place := range []string{inDir, f.target(file)} {
		for n := range f.Mounts {
			rest, covers := cutDir(place, targets[n])
			if covers && (!is || len(rest) <= len(below)) {
				on, below, is = &f.Mounts[n], rest, true
			}
		}
		if is {
			break
		}
	}
	return on, below, is
}

// resolvedTargets are where the mounts lie in the root.
func (f *Files) resolvedTargets() []string {
	if f.targets == nil {
		for n := range f.Mounts {
			f.targets = append(f.targets, f.target(f.Mounts[n].Target))
		}
	}
	return f.targets
}

func (f *Files) layered(file string) (over Layer, below string, is bool) {
	for _, layer := range f.Layers {
		rest, covers := cutDir(file, layer.Mount)
		if covers && (!is || len(rest) <= len(below)) {
			over, below, is = layer, rest, true
		}
	}
	return over, below, is
}

// cutDir is the path of a file below a directory, "" for the directory itself.
func cutDir(file, dir string) (below string, is bool) {
	below, is = strings.CutPrefix(file, strings.TrimSuffix(dir, "/"))
	return below, is && (below == "" || below[0] == '/')
}

// openMounted opens a file of what is mounted over the container's.
func openMounted(m *spec.Mount, below string) (int, error) {
	switch {
	case m.Type != spec.MountBind:
		return -1, unix.ENOENT // a new file system is empty
	case below == "":
		return utils.OpenInRoot("/", m.Source)
	}
	return utils.OpenInRoot(m.Source, below)
}

// openChanged opens a file of an upper directory. Where that says nothing of it, the one
// below counts. A link in a layer may lead to any other, and is refused.
func openChanged(upper, file string) (fd int, below bool, err error) {
	opaque := false
	at := ""
	for _, name := range strings.Split(strings.Trim(file, "/"), "/") {
		at += "/" + name
		var stat unix.Stat_t
		switch err := unix.Lstat(upper+at, &stat); {
		case errors.Is(err, unix.ENOENT) && !opaque:
			return -1, true, nil
		case err != nil:
			return -1, false, err
		}
		switch kind := stat.Mode & unix.S_IFMT; {
		case kind == unix.S_IFCHR && stat.Rdev == 0: // a whiteout
			return -1, false, unix.ENOENT
		case kind == unix.S_IFLNK:
			return -1, false, fmt.Errorf("%s is a symbolic link that an earlier run has made: who that leads to is known inside alone; use numbers", at)
		case kind == unix.S_IFDIR:
			opaque = opaque || isOpaque(upper+at)
		}
	}
	fd, err = utils.OpenInRoot(upper, file)
	return fd, false, err
}

// isOpaque reports whether a directory of a layer hides all that is below it.
func isOpaque(dir string) bool {
	for _, name := range []string{"trusted.overlay.opaque", "user.overlay.opaque"} {
		value := make([]byte, 1)
		if n, err := unix.Lgetxattr(dir, name, value); err == nil && n == 1 && value[0] == 'y' {
			return true
		}
	}
	return false
}

// readHost returns what is in a file of the host; one that does not exist knows nobody.
func readHost(file string) (string, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return string(content), err
}
