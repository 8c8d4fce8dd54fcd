package utils

import (
	"errors"
	"os"
	"path/filepath"
)

// ErrNoPath is RealPath's error for a file that no path of the caller's leads to but a
// link of /proc, such as /proc/PID/root of a container.
var ErrNoPath = errors.New("a link of /proc leads there, as into another mount namespace, and reads as the path of another file: what has no path of its own here cannot be mounted")

// RealPath is a path without its symbolic links. The links of /proc lead to files and not
// to what they read as: where the two differ, that path would be another file.
func RealPath(name string) (string, error) {
	path, err := filepath.EvalSymlinks(name)
	if err == nil && path == filepath.Clean(name) {
		return path, nil
	}
	named, statErr := os.Stat(name)
	switch {
	case err != nil && statErr != nil:
		return "", err
	case statErr != nil:
		return "", statErr
	}
	if found, statErr := os.Stat(path); err == nil && statErr == nil && os.SameFile(named, found) {
		return path, nil
	}
	return "", ErrNoPath
}
