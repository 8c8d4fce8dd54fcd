// Package state keeps what stays of a container when it has ended. A container is a directory,
// STATE/containers/ID:
//
//	container.json   the Record
//	lock             locked with flock(2) while the container, or a command, uses the directory
//	upper, work      what was written to its root, as overlayfs has it
//	volumes/N        what was written to a volume of its image, upper and work again
//
// Nothing in it says that the container runs: that is whether the lock is held.
package state

import (
	"errors"
	"os"
	"time"

	"github.com/mydocker/mydocker/container/image"
)

// Record is what is known of a container. What is below Exited is written when it has ended.
type Record struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
	// Name is what --name says, "" for none.
	Name string `json:"name,omitempty"`
	// Image is what it was named by, Manifest the image itself.
	Image    string       `json:"image"`
	Manifest image.Digest `json:"manifest"`
	// Variant is the one of the layers.
	Variant image.Variant `json:"variant,omitempty"`
	// Command and Env are the container's, WorkingDir and User as well.
	Command    []string  `json:"command"`
	Env        []string  `json:"env"`
	WorkingDir string    `json:"working_dir,omitempty"`
	User       string    `json:"user,omitempty"`
	Created    time.Time `json:"created"`

	// Exited is when it ended; nil as long as that is not known.
	Exited   *time.Time `json:"exited,omitempty"`
	ExitCode int        `json:"exit_code"`
}

// NotFoundError says that there is no container of that name or id.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string { return "no such container: " + e.Name }

// Container is a container's directory, open and locked by the caller.
type Container struct {
	Record
	Dir *os.File
	// Path is the directory's.
	Path string
}

// Create makes the directory of a new container, and holds its lock. A name that another
// container has is refused.
func Create(_ string, _ *Record) (*Container, error) { return nil, errors.New("not yet") }

// Open finds a container by its name, its id or the beginning of one, and takes its lock. One that
// runs is an *InUseError.
func Open(_, _ string) (*Container, error) { return nil, errors.New("not yet") }

// List lists all containers. Running says of each whether its lock is held.
func List(_ string) ([]Listed, error) { return nil, errors.New("not yet") }

// Listed is a container in a list.
type Listed struct {
	Record
	Path    string
	Running bool
}

// Save writes the record anew.
func (c *Container) Save() error { return errors.New("not yet") }

// Remove removes the container and all that it has written.
func (c *Container) Remove() error { return errors.New("not yet") }

// Close gives the lock up.
func (c *Container) Close() error { return c.Dir.Close() }

// InUseError says that a container runs, or that another command uses it.
type InUseError struct{ ID string }

func (e *InUseError) Error() string { return "container " + e.ID + " is running" }
