package images

import (
	"fmt"
	"slices"

	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// replacedBy says in Docker's words which images lose a name to one that is loaded.
func replacedBy(s *store.Store, found *archive.Image) (lines []string, err error) {
	all, err := s.Images()
	if err != nil && all == nil {
		return nil, err
	}
	id := manifest.DigestOf(found.Config)
	for _, name := range found.Names {
		for _, old := range all {
			if slices.Contains(old.Names, name) && old.ID() != id {
				lines = append(lines, fmt.Sprintf("The image %s already exists, renaming the old one with ID %s to empty string", name.Familiar(), old.ID()))
			}
		}
	}
	return lines, nil
}
