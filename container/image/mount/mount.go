// Package mount mounts images, to be looked at from the host: STATE/mounts/HEX, by the digest of
// the manifest. A mount holds no lock, as no process needs to be there; so it is the mount
// itself that keeps an image from being removed. It goes with the next boot.
package mount

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// directory has the mounts, below mydocker's state.
const directory = "mounts"

// empty is an empty directory: overlayfs takes no single lower without an upper.
const empty = "empty"

// Path is where an image is mounted, or would be.
func Path(state string, manifest image.Digest) string {
	return filepath.Join(state, directory, manifest.Hex())
}

// Mount mounts the layers of an image read-only, unless they are mounted already. The caller
// has the image open.
func Mount(state string, opened *image.Image) (path string, err error) {
	variant, err := image.OwnVariant()
	if err != nil {
		return "", err
	}
	lowers, err := opened.Lowers(variant)
	if err != nil {
		return "", err
	}
	path = Path(state, opened.Manifest.Digest)
	// Only root may go there: files of the image may be set-user-ID (CVE-2021-41091).
	if err := os.MkdirAll(filepath.Join(state, directory), 0o700); err != nil {
		return "", err
	}
	dir, err := overlay.OpenDir(filepath.Join(state, directory))
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	// The directory of state may be somebody's who puts a link there: what is open stays.
	mounts := utils.FDPath(int(dir.Fd()))
	for _, name := range []string{empty, filepath.Base(path)} {
		if err := os.Mkdir(filepath.Join(mounts, name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	mounted, err := IsMounted(state, opened.Manifest.Digest)
	if err != nil || mounted {
		return path, err
	}
	base := opened.Layout().Layers(variant)
	options, err := optionsOf(base, lowers, filepath.Join(mounts, empty))
	if err == nil {
		err = mountIn(base, filepath.Join(mounts, filepath.Base(path)), options)
	}
	if err != nil {
		return "", errors.Join(fmt.Errorf("mount the image at %s: %w", path, err), os.Remove(path))
	}
	return path, nil
}

// optionsOf names the layers by paths from the directory that all are in, for the options of
// a mount have to fit in a page (mount(2)).
func optionsOf(base string, lowers []string, empty string) (string, error) {
	names := make([]string, 0, len(lowers)+1)
	for _, lower := range lowers {
		name, err := filepath.Rel(base, lower)
		if err != nil {
			return "", err
		}
		names = append(names, name)
	}
	names = append(names, strings.NewReplacer(`\`, `\\`, ":", `\:`, ",", `\,`).Replace(empty))
	return "lowerdir=" + strings.Join(names, ":"), nil
}

// mountIn mounts on a thread of its own, whose working directory is base. The thread ends with
// the goroutine.
func mountIn(base, path, options string) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		err := unix.Unshare(unix.CLONE_FS)
		if err == nil {
			err = unix.Chdir(base)
		}
		if err == nil {
			err = unix.Mount("overlay", path, "overlay", unix.MS_RDONLY|unix.MS_NODEV|unix.MS_NOSUID, options)
		}
		done <- err
	}()
	return <-done
}

// IsMounted reports whether an image is mounted in this mount namespace.
func IsMounted(state string, manifest image.Digest) (bool, error) {
	path := Path(state, manifest)
	var there, above unix.Stat_t
	if err := unix.Lstat(path, &there); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if err := unix.Lstat(filepath.Dir(path), &above); err != nil {
		return false, &fs.PathError{Op: "stat", Path: filepath.Dir(path), Err: err}
	}
	return there.Dev != above.Dev, nil
}

// Unmount ends the mount of an image. With lazy it does so also where somebody still uses a
// file in it: then the mount goes with its last user. What is not mounted is fs.ErrNotExist.
func Unmount(state string, manifest image.Digest, lazy bool) error {
	path := Path(state, manifest)
	mounted, err := IsMounted(state, manifest)
	if err != nil {
		return err
	}
	if !mounted {
		err := os.Remove(path) // as it stands after a boot
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			err = fs.ErrNotExist
		}
		return err
	}
	flags := unix.UMOUNT_NOFOLLOW
	if lazy {
		flags |= unix.MNT_DETACH
	}
	if _, err := utils.Retry(func() (int, error) { return 0, unix.Unmount(path, flags) }); err != nil {
		return &fs.PathError{Op: "unmount", Path: path, Err: err}
	}
	return os.Remove(path)
}

// Mounted are the images that are mounted.
func Mounted(state string) (list []image.Digest, err error) {
	entries, err := os.ReadDir(filepath.Join(state, directory))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		manifest, err := image.ParseDigest("sha256:" + entry.Name())
		if err != nil {
			continue // the empty directory
		}
		mounted, err := IsMounted(state, manifest)
		if err != nil {
			return nil, err
		}
		if mounted {
			list = append(list, manifest)
		}
	}
	return list, nil
}
