package lifecycle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/decode"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// recordVersion is the one that is written, and read.
const recordVersion = 1

// Record is what is kept of a container, in its directory. That it runs is not in it: the kernel
// is asked for that.
type Record struct {
	Version     int               `json:"version"`
	ID          string            `json:"id"`
	OCIVersion  string            `json:"oci_version"`
	Bundle      string            `json:"bundle"`
	Rootfs      string            `json:"rootfs"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Created     time.Time         `json:"created"`
	Owner       int               `json:"owner"` // the uid of who made it

	// Pid is the init process's, on the host. StartTime (field 22 of proc_pid_stat(5)) and Boot
	// (/proc/sys/kernel/random/boot_id) tell it from a later process with that number.
	Pid       int    `json:"pid"`
	StartTime uint64 `json:"start_time"`
	Boot      string `json:"boot"`

	// Cgroups are the directories of group.Group, Unit the systemd unit, "" for none.
	Cgroups map[string]string `json:"cgroups,omitempty"`
	Unit    string            `json:"unit,omitempty"`
	// Joins are the clone flags of the namespaces that a process joins to be in the container.
	Joins uintptr `json:"joins"`
	// MountsBefore is how many mounts there were at Rootfs, if those of the container are in the
	// caller's mount namespace; nil where it has one of its own.
	MountsBefore *int `json:"mounts_before,omitempty"`
	// UIDs and GIDs are the maps of its user namespace, if that is new.
	UIDs []spec.IDMap `json:"uids,omitempty"`
	GIDs []spec.IDMap `json:"gids,omitempty"`
	// Security is what init got: exec has the same filter.
	Security wire.Security `json:"security"`
	// Listener is asked about system calls.
	Listener *Listener `json:"listener,omitempty"`
	// HasHooks says that config.json has some.
	HasHooks bool `json:"has_hooks,omitempty"`
	// Inside is what startContainer hooks start with, nil if there are none.
	Inside *Inside `json:"inside,omitempty"`
	// Process is that of the configuration, for an exec that names but a command.
	Process json.RawMessage `json:"process,omitempty"`
}

// The files of a container's directory.
const (
	recordName = "record.json"
	configName = "config.json"
	startName  = "start"
	resultName = "result"
	newSuffix  = ".new"
	maxRecord  = 64 << 20
)

// DamagedError says that a container has no record, or one that is not mydocker's: who made it was
// killed, or somebody has changed it.
type DamagedError struct {
	ID  string
	Err error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("container %s was not made whole, or is damaged: %v (delete --force removes it)", e.ID, e.Err)
}

// Unwrap implements errors.Unwrap.
func (e *DamagedError) Unwrap() error { return e.Err }

// save writes the record anew: at any moment there is the old one or the new.
func (c *Container) save() error {
	content, err := json.Marshal(&c.Record)
	if err == nil {
		err = c.write(recordName, content)
	}
	return err
}

// write puts a file there whole.
func (c *Container) write(name string, content []byte) error {
	if err := utils.Replace(int(c.dir.Fd()), name, name+newSuffix, content); err != nil {
		return &fs.PathError{Op: "write", Path: filepath.Join(c.path, name), Err: err}
	}
	return nil
}

// read reads the record. Any failure but of the whole machine is a *DamagedError.
func (c *Container) read() error {
	content, err := c.readFile(recordName)
	if err == nil {
		var r Record
		if err = decode.Text(string(content), &r); err == nil {
			err = r.check(c.ID)
		}
		if err == nil {
			c.Record = r
		}
	}
	if err != nil {
		return &DamagedError{c.ID, err}
	}
	return nil
}

func (c *Container) readFile(name string) ([]byte, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(c.dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: filepath.Join(c.path, name), Err: err}
	}
	content, err := utils.ReadOpen(fd, maxRecord)
	return content, errors.Join(err, unix.Close(fd))
}

func (r *Record) check(id string) error {
	switch {
	case r.Version != recordVersion:
		return fmt.Errorf("its record is of version %d, and this mydocker knows %d", r.Version, recordVersion)
	case r.ID != id:
		return fmt.Errorf("its record is about %q", utils.Shortened(r.ID))
	}
	return nil
}
