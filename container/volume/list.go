package volume

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Listed is a volume in a list.
type Listed struct {
	Record
	Path string
	// Used is whether somebody uses it at the moment. A container that has ended uses its
	// volumes, too: its record tells that.
	Used bool
}

// Data is the directory with what is in the volume, unless its options say otherwise.
func (l *Listed) Data() string { return l.Path + "/" + dataName }

// List lists all volumes by name. Where records are damaged the error names them, and the
// others are there.
func List(state string) ([]Listed, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	entries, err := d.file.ReadDir(-1)
	errs := []error{err}
	var all []Listed
	for _, e := range entries {
		if CheckName(e.Name()) != nil {
			continue
		}
		listed, err := d.look(e.Name())
		if errors.Is(err, fs.ErrNotExist) { // it was removed meanwhile
			continue
		}
		if err == nil {
			all = append(all, listed)
		}
		errs = append(errs, err)
	}
	slices.SortFunc(all, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return all, errors.Join(append(errs, d.Close())...)
}

// Find is what a list says of one volume.
func Find(state, name string) (Listed, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) || err == nil && CheckName(name) != nil {
		if err == nil {
			err = d.Close()
		}
		return Listed{}, errors.Join(&NotFoundError{name}, ignoreMissing(err))
	}
	if err != nil {
		return Listed{}, err
	}
	listed, err := d.look(name)
	if errors.Is(err, fs.ErrNotExist) {
		err = &NotFoundError{name}
	}
	return listed, errors.Join(err, d.Close())
}

// look is what a list says of a volume.
func (d *directory) look(name string) (l Listed, err error) {
	v, err := d.openDir(name, unix.O_RDWR)
	if err != nil {
		return l, err
	}
	l.Path = v.Path
	l.Used, err = isUsed(v.lock, useByte)
	if err == nil {
		l.Record, err = readRecord(int(v.Dir.Fd()), v.Path, name)
	}
	return l, errors.Join(err, v.lock.Close(), v.Dir.Close())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// ContentPath is where what is in a volume is: "" if that is only in memory, while a container runs.
func ContentPath(state, name string) (string, error) {
	l, err := Find(state, name)
	if err != nil {
		return "", err
	}
	b, err := ParseOptions(l.Options)
	switch {
	case err != nil:
		return "", err
	case b.Tmpfs:
		return "", nil
	case b.Device != "":
		return b.Device, nil
	}
	return l.Data(), nil
}
