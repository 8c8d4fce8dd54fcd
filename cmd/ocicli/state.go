package ocicli

import (
	"encoding/json"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/lifecycle"
)

// shown is a container as state and list show it: the state of the specification, and what runc
// adds to it.
type shown struct {
	OCIVersion  string               `json:"ociVersion"`
	ID          string               `json:"id"`
	Pid         int                  `json:"pid"`
	Status      specs.ContainerState `json:"status"`
	Bundle      string               `json:"bundle"`
	Rootfs      string               `json:"rootfs"`
	Created     time.Time            `json:"created"`
	Annotations map[string]string    `json:"annotations,omitempty"`
	Owner       string               `json:"owner"`
}

func show(container *lifecycle.Container) (shown, error) {
	state, err := container.State()
	if err != nil {
		return shown{}, err
	}
	return shown{
		OCIVersion: state.Version, ID: state.ID, Pid: state.Pid, Status: state.Status, Bundle: state.Bundle,
		Rootfs: container.Rootfs, Created: container.Created, Annotations: state.Annotations,
	}, nil
}

func (c *call) state() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		state, err := show(container)
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(state, "", "  ")
		if err != nil {
			return err
		}
		return c.print(append(text, '\n'))
	})
}
