package unpack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Imply gives the directories of Result.Implied the owner and the mode of those below, which
// overlayfs would show if the layer did not have them.
func Imply(ctx context.Context, dir *os.File, implied []string, o *Options) error {
	u, err := newUnpacker(ctx, nil, dir, o)
	if err != nil {
		return err
	}
	err = u.implyAll(implied)
	runtime.KeepAlive(dir)
	return errors.Join(err, u.at.leave(0))
}

func (u *unpacker) implyAll(implied []string) error {
	for _, name := range implied {
		d, err := u.lowerDirectory("/" + name)
		if err == nil && d != nil {
			d.path = name
			if err = u.finishDirectory(d); errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
				err = nil // a later entry has replaced it
			}
		}
		if err != nil {
			return fmt.Errorf("directory %s: %w", shown(name), err)
		}
	}
	return nil
}

// lowerDirectory is what a directory of the layers below has, nil where there is none.
func (u *unpacker) lowerDirectory(name string) (*directory, error) {
	if u.Lowers == nil {
		return nil, nil
	}
	fd, err := u.Lowers.Open(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := readDirectory(fd)
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	return d, err
}

// readDirectory reads what a directory of a layer below has; nil for what is none.
func readDirectory(fd int) (*directory, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return nil, named("stat", err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil, nil
	}
	records, err := attributesOf(utils.FDPath(fd), true)
	return &directory{
		chown: true, uid: int(stat.Uid), gid: int(stat.Gid), mode: stat.Mode & 0o7777, chmod: true,
		times: []unix.Timespec{stat.Atim, stat.Mtim}, records: records,
	}, err
}

// copyUp copies a file of the layers below into this one, with the directories it is in, and has
// links be the last of those.
func (u *unpacker) copyUp(parents []string, target string) error {
	if err := u.walk(&u.links, parents, true); err != nil {
		return err
	}
	_, dirs, err := u.Lowers.Directories("/" + strings.Join(u.links.names, "/"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		fd, err := unix.Open(path.Join(dir, target), unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return err
		}
		err = u.copyFile(fd, target)
		if closed := unix.Close(fd); err == nil {
			err = closed
		}
		return err
	}
	return unix.ENOENT
}

func (u *unpacker) copyFile(fd int, name string) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return named("stat", err)
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return u.copyRegular(fd, name, &stat)
	case unix.S_IFLNK:
		return u.copyLink(fd, name, &stat)
	}
	if isWhiteout(&stat) {
		return unix.ENOENT
	}
	return errors.New("it is in a layer below, and neither a file nor a symbolic link")
}

func (u *unpacker) copyLink(fd int, name string, stat *unix.Stat_t) error {
	target, err := utils.ReadLink(fd, "")
	if err != nil {
		return named("read the link", err)
	}
	if err := unix.Symlinkat(target, u.links.fd(), name); err != nil {
		return named("copy the link", err)
	}
	err = unix.Fchownat(u.links.fd(), name, int(stat.Uid), int(stat.Gid), unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		err = unix.UtimesNanoAt(u.links.fd(), name, []unix.Timespec{stat.Atim, stat.Mtim}, unix.AT_SYMLINK_NOFOLLOW)
	}
	return named("copy the link", err)
}

func (u *unpacker) copyRegular(fd int, name string, stat *unix.Stat_t) error {
	if stat.Size > u.MaxBytes-u.size {
		return &LimitError{Limit: u.MaxBytes, What: "bytes"}
	}
	u.size += stat.Size
	from, err := unix.Open(utils.FDPath(fd), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return named("open the file below", err)
	}
	to, err := openAt(u.links.fd(), name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return errors.Join(named("create", err), unix.Close(from))
	}
	copied, err := copyData(to, from, stat.Size, u.buffer)
	u.result.Bytes += copied
	if err == nil {
		err = named("chown", unix.Fchown(to, int(stat.Uid), int(stat.Gid)))
	}
	if err == nil {
		var records map[string]string
		if records, err = attributesOf(utils.FDPath(fd), true); err == nil {
			err = u.setAttributesOf(to, records)
		}
	}
	if err == nil {
		err = named("chmod", unix.Fchmod(to, stat.Mode&0o7777))
	}
	if err == nil {
		err = named("set the times", futimens(to, []unix.Timespec{stat.Atim, stat.Mtim}))
	}
	return errors.Join(err, unix.Close(from), unix.Close(to))
}

// copyData copies what is no hole.
func copyData(to, from int, size int64, buffer []byte) (copied int64, err error) {
	for offset := int64(0); offset < size; {
		data, end, err := nextData(from, offset, size)
		if err != nil {
			return copied, named("read the file below", err)
		}
		for offset = data; offset < end; {
			n, err := unix.Pread(from, buffer[:min(int64(len(buffer)), end-offset)], offset)
			if err == nil && n == 0 {
				err = unix.EIO
			}
			if err == nil {
				err = writeAllAt(to, buffer[:n], offset)
			}
			if err != nil {
				return copied, named("copy", err)
			}
			offset += int64(n)
			copied += int64(n)
		}
	}
	return copied, named("set the size", unix.Ftruncate(to, size))
}

// nextData finds the next part of a file that is no hole, from data to end.
func nextData(fd int, offset, size int64) (data, end int64, err error) {
	data, err = unix.Seek(fd, offset, unix.SEEK_DATA)
	if err == unix.ENXIO { // there is none
		return size, size, nil
	}
	if err == unix.EINVAL { // the file system knows no holes
		return offset, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	end, err = unix.Seek(fd, data, unix.SEEK_HOLE)
	return min(data, size), min(end, size), err
}

// attributesOf reads the extended attributes of a file that a layer may have, as the
// records that an archive has of them. A path in /proc/self/fd is a link that is followed.
func attributesOf(file string, follow bool) (map[string]string, error) {
	list, get := unix.Llistxattr, unix.Lgetxattr
	if follow {
		list, get = unix.Listxattr, unix.Getxattr
	}
	names, err := readAttribute(func(into []byte) (int, error) { return list(file, into) })
	if err == unix.ENOTSUP {
		return nil, nil
	}
	if err != nil {
		return nil, named("list the attributes", err)
	}
	var records map[string]string
	for name := range strings.SplitSeq(string(names), "\x00") {
		if !mayHave(name) {
			continue
		}
		value, err := readAttribute(func(into []byte) (int, error) { return get(file, name, into) })
		if err == unix.ENODATA || err == unix.ENOTSUP {
			continue
		}
		if err != nil {
			return nil, named("read the attribute "+shown(name), err)
		}
		if records == nil {
			records = map[string]string{}
		}
		records[attributePrefix+name] = string(value)
	}
	return records, nil
}

// readAttribute reads what may be longer by the time that its length is known.
func readAttribute(read func([]byte) (int, error)) ([]byte, error) {
	buffer := make([]byte, 256)
	for {
		n, err := read(buffer)
		if err == unix.ERANGE && len(buffer) < 1<<20 {
			buffer = make([]byte, 4*len(buffer))
			continue
		}
		return buffer[:max(n, 0)], err
	}
}
