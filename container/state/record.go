package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Record is what is known of a container. Who has the container's lock writes it.
type Record struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	// Name is what --name says, "" for none.
	Name string `json:"name,omitempty"`
	// Image is what it was named by, Manifest the image itself; both are "" where the root is none
	// of an image.
	Image    string       `json:"image,omitempty"`
	Manifest image.Digest `json:"manifest,omitempty"`
	// Variant is the one of the layers, UIDMap and GIDMap what it is made of: the maps of the
	// container's user namespace, as the kernel shows them; "" is no namespace of its own.
	Variant image.Variant `json:"variant,omitempty"`
	UIDMap  string        `json:"uid_map,omitempty"`
	GIDMap  string        `json:"gid_map,omitempty"`
	// Config is what counted in the run: the image's configuration, with what the command line
	// has said instead. An image that is made of the container has it.
	Config  image.RunConfig `json:"config"`
	Created time.Time       `json:"created"`
	Settings
	Life
}

// RecordVersion is the one that is written, and read.
const RecordVersion = 2

// Command is what was executed.
func (r *Record) Command() []string {
	return append(append([]string(nil), r.Config.Entrypoint...), r.Config.Cmd...)
}

const (
	recordName = "container.json"
	recordNew  = recordName + ".new"
	maxRecord  = 32 << 20
)

// DamagedError says that a container's record is not what mydocker has written.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return e.Path + ": " + e.Err.Error() + "; mydocker rm " + filepath.Base(filepath.Dir(e.Path)) + " removes the container"
}

// Unwrap implements errors.Unwrap.
func (e *DamagedError) Unwrap() error { return e.Err }

// Save writes the record anew, so that at any moment there is the old one or the new.
func (c *Container) Save() error {
	content, err := json.Marshal(&c.Record)
	if err != nil {
		return err
	}
	content = append(content, '\n')
	write := func() error { return utils.ReplaceSynced(int(c.Dir.Fd()), recordName, recordNew, content) }
	err = write()
	if utils.IsFull(err) && unix.Unlinkat(int(c.Dir.Fd()), reserveName, 0) == nil {
		err = write()
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(c.Path, recordName), err)
	}
	return nil
}

// read reads the record of a container. The error is fs.ErrNotExist where there is none.
func (d *directory) read(id string) (Record, error) {
	path := d.path(id, recordName)
	content, err := readFile(d.fd(), id+"/"+recordName)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var r Record
	if err == nil {
		r, err = parse(content, id)
	}
	if err != nil {
		return Record{}, &DamagedError{path, err}
	}
	return r, nil
}

func readFile(dir int, name string) ([]byte, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, err
	}
	content, err := utils.ReadOpen(fd, maxRecord)
	return content, errors.Join(err, unix.Close(fd))
}

// parse reads a record, in which nothing is unknown, and checks all of it that becomes part of
// a path.
func parse(content []byte, id string) (r Record, err error) {
	if err = utils.DecodeStrictly(content, &r); err != nil {
		return r, err
	}
	return r, r.validate(id)
}

func (r *Record) validate(id string) error {
	switch _, isVariant := image.ParseVariantDir("user-" + string(r.Variant)); {
	case r.Version < 1 || r.Version > RecordVersion:
		return fmt.Errorf("it is of version %d, and this mydocker knows up to %d", r.Version, RecordVersion)
	case !utils.IsID(r.ID) || r.ID != id:
		return fmt.Errorf("it is about %q", utils.Shortened(r.ID))
	case r.Variant != "" && !isVariant:
		return fmt.Errorf("%q is no variant of a layer", utils.Shortened(string(r.Variant)))
	case r.UIDMap+r.GIDMap != "" && image.NewVariant(r.UIDMap, r.GIDMap) != r.Variant:
		return errors.New("its maps of ids are not those of its layers")
	}
	if r.Name != "" {
		if err := checkName(r.Name); err != nil {
			return err
		}
	}
	if r.Image == "" && r.Manifest == "" {
		return nil
	}
	_, err := image.ParseDigest(string(r.Manifest))
	return err
}
