package cp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// In says what is copied into a root.
type In struct {
	Root Root
	// Path is absolute, as Clean makes it. Name is what the user calls it, for messages.
	Path, Name string
	// Source is what is copied; nil is an archive of somebody else's.
	Source *Source
	// Host is whether the root is the host's own. Then files belong to the caller, unless Owners
	// says that they keep theirs.
	Host, Owners bool
	// User is whose files are in a container, as in run -u; "" is who the archive says.
	User string
}

// Read reads an archive, without a line before it, and writes its files to the root.
func (i *In) Read(ctx context.Context, r io.Reader, files []*os.File) (written unpack.Result, err error) {
	err = i.Root.use(files, func(root *os.File) error {
		written, err = i.read(ctx, r, root)
		return err
	})
	return written, err
}

func (i *In) read(ctx context.Context, r io.Reader, root *os.File) (written unpack.Result, err error) {
	found, err := utils.LookInRoot(int(root.Fd()), i.Path, true)
	if err != nil {
		return written, i.notFound(err)
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	into, err := i.choose(found)
	if err == nil && i.User != "" {
		into.Owner, err = i.owner(root)
	}
	if err != nil {
		return written, err
	}
	if i.Host { // no link leads anywhere else, so what is above is of no concern
		root, err = i.directory(found, into)
		if err != nil {
			return written, i.notFound(err)
		}
		defer func() { err = errors.Join(err, root.Close()) }()
	}
	written, err = unpack.Files(ctx, r, root, into)
	if overwrite := (*unpack.OverwriteError)(nil); errors.As(err, &overwrite) {
		return written, overwrite
	}
	if errors.Is(err, unix.EROFS) {
		err = i.readOnly(root, found)
	}
	return written, err
}

// owner looks the user up in the files of the container.
func (i *In) owner(root *os.File) (*unpack.Owner, error) {
	user, err := users.Find(i.User, nil, &users.Files{Root: utils.FDPath(int(root.Fd()))}, nil)
	if err != nil {
		return nil, err
	}
	return &unpack.Owner{UID: int(user.UID), GID: int(user.GID)}, nil
}

// directory opens the one that the files go to, and has that be the root of it all.
func (i *In) directory(found *utils.InRoot, into *unpack.Into) (*os.File, error) {
	fd := found.FD()
	if len(into.Dir) < len(found.Names) {
		fd = found.Dir()
	}
	fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	name := "/" + path.Join(into.Dir...)
	into.Dir, into.Shown = nil, name
	return os.NewFile(uintptr(fd), name), nil
}

func (i *In) notFound(err error) error {
	if i.Host && err == unix.ENOTDIR {
		return fmt.Errorf("invalid output path: %q: %w", i.Name, err)
	}
	return fmt.Errorf("%s: %w", i.Name, err)
}

// choose decides by Docker's rules in which directory the files go, and under which name.
func (i *In) choose(found *utils.InRoot) (*unpack.Into, error) {
	into := &unpack.Into{Dir: found.Names, NoLinks: i.Host, NoOwners: i.Host && !i.Owners}
	if i.Source != nil {
		into.From = i.Source.Name
	}
	if len(found.Missing) > 0 {
		return into, i.chooseNew(into, found)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(found.FD(), &stat); err != nil {
		return nil, i.notFound(err)
	}
	kind := stat.Mode & unix.S_IFMT
	switch {
	case kind == unix.S_IFDIR:
		return into, nil
	case kind == unix.S_IFCHR || kind == unix.S_IFBLK:
		text := fmt.Sprintf("%q must be a directory or a regular file: got a device", i.Name)
		if i.Host {
			return nil, errors.New("invalid output path: " + text)
		}
		return nil, errors.New("destination " + text)
	case i.Source == nil:
		return nil, i.noDirectory()
	case i.Source.Dir:
		return nil, errors.New("cannot copy directory")
	}
	last := len(found.Names) - 1
	into.Dir, into.To = found.Names[:last], found.Names[last]
	return into, nil
}

// chooseNew is choose where nothing is at the path.
func (i *In) chooseNew(into *unpack.Into, found *utils.InRoot) error {
	missing := slices.DeleteFunc(slices.Clone(found.Missing), func(name string) bool { return name == "." })
	switch above := "/" + path.Join(slices.Concat(found.Names, missing[:max(len(missing)-1, 0)])...); {
	case i.Source == nil:
		return i.noDirectory()
	case len(missing) != 1 && i.Host:
		return fmt.Errorf("invalid output path: directory %q does not exist", above)
	case len(missing) != 1:
		return fmt.Errorf("no such directory in the container: %q, in which %q would be", above, i.Name)
	case path.Base(i.Path) == ".", !i.Source.Dir && isDirectory(i.Path):
		return errors.New("no such directory")
	case missing[0] == "..":
		return i.notFound(unix.ENOENT)
	}
	into.To = missing[0]
	return nil
}

func (i *In) noDirectory() error { return fmt.Errorf("destination %q must be a directory", i.Name) }

// readOnly tells what is read-only, the root or what is mounted there.
func (i *In) readOnly(root *os.File, found *utils.InRoot) error {
	if i.Host {
		return fmt.Errorf("%s: %w", i.Name, unix.EROFS)
	}
	var above, there unix.Stat_t
	err := errors.Join(unix.Fstat(int(root.Fd()), &above), unix.Fstat(found.FD(), &there))
	if err == nil && above.Dev == there.Dev {
		return errors.New("container rootfs is marked read-only")
	}
	return errors.New("mounted volume is marked read-only")
}
