package logs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	suffixPlain      = ".json"
	suffixCompressed = ".json.gz"
	// suffixNew is what is being compressed: nobody reads it.
	suffixNew = ".json.gz.new"
)

// directory is that of a log, open.
type directory struct{ file *os.File }

func (d directory) fd() int { return int(d.file.Fd()) }

func nameOf(number int, suffix string) string { return fmt.Sprintf("%06d%s", number, suffix) }

func openDirectory(path string) (directory, error) {
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err != nil {
		return directory{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return directory{os.NewFile(uintptr(fd), path)}, nil
}

func makeDirectory(path string) (directory, error) {
	if err := os.Mkdir(path, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
		return directory{}, err
	}
	return openDirectory(path)
}

func (d directory) close() error { return d.file.Close() }

// numbers are those of the files with a suffix, the lowest first.
func (d directory) numbers(suffixes ...string) (numbers []int, err error) {
	if _, err = d.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	names, err := d.file.Readdirnames(-1)
	if errors.Is(err, fs.ErrNotExist) { // the container has been removed
		return nil, nil
	}
	for _, name := range names {
		digits, suffix, _ := strings.Cut(name, ".")
		number, bad := strconv.Atoi(digits)
		if bad == nil && number > 0 && slices.Contains(suffixes, "."+suffix) && name == nameOf(number, "."+suffix) {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), err
}

// openFile opens a file, which is a regular one. The error is that of the system call.
func (d directory) openFile(name string, flags int, mode uint32) (*os.File, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(d.fd(), name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, mode)
	})
	if err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	err = unix.Fstat(fd, &stat)
	if err == nil && stat.Mode&unix.S_IFMT != unix.S_IFREG {
		err = utils.ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), name), nil
}

func (d directory) remove(name string) error {
	return utils.Ignore(unix.Unlinkat(d.fd(), name, 0), unix.ENOENT)
}

// removeNumber removes a file, compressed or not.
func (d directory) removeNumber(number int) error {
	return errors.Join(d.remove(nameOf(number, suffixPlain)), d.remove(nameOf(number, suffixCompressed)))
}

// Current is the path of the file that is written to, or that was last; "" for none.
func Current(path string) string {
	d, err := openDirectory(path)
	if err != nil {
		return ""
	}
	numbers, err := d.numbers(suffixPlain)
	if errors.Join(err, d.close()) != nil || len(numbers) == 0 {
		return ""
	}
	return path + "/" + nameOf(numbers[len(numbers)-1], suffixPlain)
}
