package containers

import (
	"io/fs"
	"path/filepath"

	"github.com/mydocker/mydocker/container/overlay"
)

// writtenBy is what a container has written to its root, in bytes, by its directory.
func writtenBy(dir string) int64 {
	if dir == "" {
		return 0
	}
	return sizeOf(filepath.Join(dir, overlay.RootLayer, "upper"))
}

// sizeOf is what the files below a directory take, as far as the caller may look.
func sizeOf(dir string) (sum int64) {
	//nolint:errcheck // what cannot be looked at, or goes meanwhile, counts as nothing
	filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			if info, err := entry.Info(); err == nil {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}
