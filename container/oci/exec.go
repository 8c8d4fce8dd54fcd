package oci

import (
	"errors"

	"github.com/mydocker/mydocker/container/lifecycle"
)

// LoadProcess reads what exec is to start in the container with the given record: a process as
// JSON, as engines pass it in a file.
func LoadProcess(process []byte, container *lifecycle.Record, options Options) (*lifecycle.Exec, error) {
	return nil, errors.New("not yet")
}
