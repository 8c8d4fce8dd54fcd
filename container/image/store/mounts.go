package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Mount is an image that is mounted, without anything that runs: no lock tells of it.
type Mount struct {
	Version  int          `json:"version"`
	Manifest image.Digest `json:"manifest"`
	// Target is where, absolute and clean.
	Target string `json:"target"`
	// Boot and Namespace say where that counts: in no later boot, and in another mount
	// namespace it cannot be seen whether it still is.
	Boot      string `json:"boot"`
	Namespace string `json:"namespace"`
}

// mountsDir has a file for each.
const mountsDir = "mounts"

// maxMount bounds such a file: a path may have 4096 bytes, and more in JSON.
const maxMount = 64 << 10

// here fills in the boot and the namespace.
func (m *Mount) here() error {
	boot, err := utils.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return err
	}
	m.Boot = strings.TrimSpace(boot)
	m.Namespace, err = os.Readlink("/proc/self/ns/mnt")
	return err
}

func (m *Mount) file() string {
	sum := sha256.Sum256([]byte(m.Namespace + " " + m.Target))
	return mountsDir + "/" + hex.EncodeToString(sum[:16])
}

// AddMount notes that an image is about to be mounted. The caller has it open meanwhile, so
// it is not removed, and mounts it before that is closed.
func (s *Store) AddMount(manifest image.Digest, target string) error {
	m := &Mount{Version: image.RecordVersion, Manifest: manifest, Target: target}
	err := m.here()
	if err == nil {
		err = s.make()
	}
	if err != nil {
		return explained(err)
	}
	content, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return explained(s.decide(func() error {
		if err := s.writeFile(m.file(), append(content, '\n')); err != nil {
			return err
		}
		return s.syncDir(mountsDir)
	}))
}

// RemoveMount notes that it is no longer.
func (s *Store) RemoveMount(target string) error {
	m := &Mount{Target: target}
	if err := m.here(); err != nil {
		return err
	}
	return explained(ignore(os.Remove(s.path(m.file())), fs.ErrNotExist))
}

// Mounts are the images that are mounted, by where they are.
func (s *Store) Mounts() ([]Mount, error) {
	files, err := s.list(mountsDir)
	if len(files) == 0 || err != nil {
		return nil, err
	}
	here := &Mount{}
	if err := here.here(); err != nil {
		return nil, err
	}
	overlays, err := overlays()
	if err != nil {
		return nil, err
	}
	var mounts []Mount
	for _, file := range files {
		m, err := s.readMount(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if m.Boot == here.Boot && (m.Namespace != here.Namespace || overlays[m.Target]) {
			mounts = append(mounts, *m)
		}
	}
	slices.SortFunc(mounts, func(a, b Mount) int { return strings.Compare(a.Target, b.Target) })
	return mounts, nil
}

func (s *Store) readMount(file string) (*Mount, error) {
	path := s.path(mountsDir, file)
	content, err := readFile(path, maxMount)
	if err != nil {
		return nil, err
	}
	m := &Mount{}
	if err := parseMount(content, m); err != nil {
		return nil, &image.DamagedError{Path: path, Err: err}
	}
	return m, nil
}

// overlays are where overlays are mounted.
func overlays() (map[string]bool, error) {
	content, err := utils.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for line := range strings.Lines(content) {
		if m, ok := utils.ParseMount(line); ok && m.FSType == "overlay" {
			found[m.Point] = true
		}
	}
	return found, nil
}

// mounted are where images are mounted, by the image.
func (s *Store) mounted() (map[image.Digest]string, error) {
	mounts, err := s.Mounts()
	at := make(map[image.Digest]string, len(mounts))
	for _, m := range mounts {
		at[m.Manifest] = m.Target
	}
	return at, err
}

// refuseMounted refuses an image that is mounted.
func (s *Store) refuseMounted(manifest image.Digest) error {
	mounted, err := s.mounted()
	if target, is := mounted[manifest]; is {
		return errors.Join(err, &InUseError{manifest, fmt.Sprintf("a mount at %s (mydocker image unmount ends it)", target)})
	}
	return err
}
