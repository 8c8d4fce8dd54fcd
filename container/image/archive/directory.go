package archive

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// directory is an OCI layout, or an archive that was unpacked.
type directory struct{ root *os.Root }

func openDirectory(dir *os.File) (*directory, error) {
	root, err := os.OpenRoot(utils.FDPath(int(dir.Fd())))
	return &directory{root}, err
}

func (d *directory) close() error {
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

// open implements files. No link leads out of the directory; a FIFO does not block, and a device
// is not opened.
func (d *directory) open(name string) (*file, error) {
	info, err := d.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	opened, err := d.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err = opened.Stat(); err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &file{opened, info.Size(), ""}, nil
}
