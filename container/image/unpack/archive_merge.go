package unpack

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// found is what a name means where directories are merged: of a directory all of its parts
// (O_PATH descriptors), of anything else one.
type found struct {
	fds  []int
	dir  int         // the directory that the uppermost is in
	stat unix.Stat_t // of the uppermost
}

func (f *found) close() error {
	var errs []error
	for _, fd := range f.fds {
		errs = append(errs, unix.Close(fd))
	}
	return errors.Join(errs...)
}

// look finds a name in the parts of a directory. What is hidden is not found, but a whiteout of a
// layer is.
func (a *archiver) look(name string, parts []int) (f found, err error) {
	for _, part := range parts {
		fd, err := openAt(part, name, unix.O_PATH, 0)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return f, named("open", err)
		}
		var stat unix.Stat_t
		if err := unix.Fstat(fd, &stat); err != nil {
			return f, errors.Join(named("stat", err), unix.Close(fd))
		}
		isDir := stat.Mode&unix.S_IFMT == unix.S_IFDIR
		if len(f.fds) > 0 && !isDir || isWhiteout(&stat) && !a.Layer {
			return f, unix.Close(fd)
		}
		if len(f.fds) == 0 {
			f.dir, f.stat = part, stat
		}
		if isDir {
			if fd, err = readable(fd); err != nil {
				return f, err
			}
		}
		f.fds = append(f.fds, fd)
		if !isDir || isOpaque(fd, a.Variant) {
			return f, nil
		}
	}
	return f, nil
}

// readable replaces the O_PATH descriptor of a directory by one that it can be read by.
func readable(path int) (int, error) {
	fd, err := openAt(path, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err = errors.Join(named("open", err), unix.Close(path)); err != nil {
		return -1, err
	}
	return fd, nil
}

// isOpaque reports whether a directory hides those below.
func isOpaque(fd int, v image.Variant) bool {
	value := make([]byte, 1)
	n, err := unix.Fgetxattr(fd, v.OverlayXattr("opaque"), value)
	return err == nil && n == 1 && value[0] == 'y'
}

// namesIn lists the names in all parts of a directory, sorted.
func namesIn(parts []int) ([]string, error) {
	all := map[string]bool{}
	for _, part := range parts {
		fd, err := openAt(part, ".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
		if err != nil {
			return nil, err
		}
		dir := os.NewFile(uintptr(fd), ".")
		for err == nil {
			var names []string
			names, err = dir.Readdirnames(4096)
			for _, name := range names {
				all[name] = true
			}
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		if err = errors.Join(err, dir.Close()); err != nil {
			return nil, err
		}
	}
	return sortedKeys(all), nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// attributes reads the extended attributes that an archive may have. A directory that
// overlayfs knows by another name below, or a file whose content is below, is no layer.
func (a *archiver) attributes(name, file string) (map[string]string, error) {
	records, err := attributesOf(file, false)
	for key := range records {
		if strings.Contains(key, "=") {
			a.skip(name, fmt.Sprintf("its attribute %q, for an archive cannot say it", strings.TrimPrefix(key, attributePrefix)))
			delete(records, key)
		}
	}
	if err != nil || !a.Layer {
		return records, err
	}
	for _, name := range []string{"redirect", "metacopy"} {
		_, err := unix.Lgetxattr(file, a.Variant.OverlayXattr(name), nil)
		if err == nil {
			return nil, fmt.Errorf("overlayfs has only a part of it here (%s): mount it without redirect_dir and metacopy", name)
		}
	}
	return records, nil
}

// paxTime is a time as PAX has it.
func paxTime(t time.Time) string {
	seconds, nanoseconds, sign := t.Unix(), int64(t.Nanosecond()), ""
	if seconds < 0 && nanoseconds > 0 { // -1.25 is one second and a quarter before
		seconds, nanoseconds = -(seconds + 1), 1_000_000_000-nanoseconds
		sign = "-"
	}
	text := fmt.Sprintf("%s%d.%09d", sign, seconds, nanoseconds)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
