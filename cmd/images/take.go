package images

import (
	"fmt"
	"os"

	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

// takeOptions say how images are taken in: for root with the host's ids, and for others in the
// user namespace that run makes for them.
func takeOptions(progress ingest.Progress) (*ingest.Options, error) {
	options := &ingest.Options{Progress: progress}
	if os.Geteuid() == 0 {
		return options, nil
	}
	var err error
	options.Maps, err = users.Resolve(&spec.UserNamespace{})
	return options, err
}

// otherOwners says of how many files the owner cannot be had, "" for none.
func otherOwners(count int64) string {
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d files belong to you instead of the owner that the image says: you have no subordinate ids (mydocker doctor)", count)
}
