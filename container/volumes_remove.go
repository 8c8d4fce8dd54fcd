package container

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/volume"
)

// VolumeDriver is the driver of all volumes, in Docker's words.
const VolumeDriver = "local"

// VolumeUsers are the ids of the containers that have volumes, by the names of those: also
// of containers that have ended.
func VolumeUsers(dir string) (users map[string][]string, err error) {
	containers, err := state.List(dir)
	users = map[string][]string{}
	for i := range containers {
		for _, use := range containers[i].Volumes {
			if !slices.Contains(users[use.Name], containers[i].ID) {
				users[use.Name] = append(users[use.Name], containers[i].ID)
			}
		}
	}
	return users, err
}

// VolumeUsedError says which containers have a volume.
type VolumeUsedError struct {
	Name string
	IDs  []string
}

func (e *VolumeUsedError) Error() string {
	return fmt.Sprintf("remove %s: volume is in use - [%s]", e.Name, strings.Join(e.IDs, ", "))
}

// IsVolumeUsed reports whether a volume was not removed because somebody has it.
func IsVolumeUsed(err error) bool {
	return errors.As(err, new(*VolumeUsedError)) || errors.As(err, new(*volume.InUseError))
}

// RemoveVolume removes a volume that no container has. From the moment that it is open for this
// command alone, no other can become one that does: that opens it before its record says so.
func RemoveVolume(dir, name string, remove volume.RemoveTree) error {
	v, err := volume.OpenToRemove(dir, name)
	if err == nil {
		var users map[string][]string
		users, err = VolumeUsers(dir)
		if ids := users[name]; err == nil && len(ids) > 0 {
			err = &VolumeUsedError{name, ids}
		}
		if err == nil {
			err = v.Remove(remove)
		}
		if err == nil {
			events.Write(dir, events.Of(events.TypeVolume, events.Destroy, name, "", "driver", VolumeDriver))
		}
		return errors.Join(err, v.Close())
	}
	if errors.As(err, new(*volume.InUseError)) { // who, the records may tell
		if users, listErr := VolumeUsers(dir); listErr == nil && len(users[name]) > 0 {
			return &VolumeUsedError{name, users[name]}
		}
	}
	return err
}

// RemoveAnonymous removes the volumes of a container that nobody has named, when the container
// itself is gone. One that another container has stays.
func RemoveAnonymous(dir string, uses []state.VolumeUse, remove volume.RemoveTree) error {
	var failed []error
	for _, use := range uses {
		if !use.Anonymous {
			continue
		}
		err := RemoveVolume(dir, use.Name, remove)
		if IsVolumeUsed(err) || errors.As(err, new(*volume.NotFoundError)) {
			continue
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
