package image

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// NotFoundError says that the store has no image of that name or id.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string { return "No such image: " + e.Name }

// Image is an image in use: as long as it is open, nothing of it is removed.
type Image struct {
	Record
	// Name is what it was opened by, whole; "" for an id.
	Name string

	layout Layout
	lock   int // a descriptor, without the runtime's poller that an os.File brings along
}

// Open finds an image by its name, or by an id or the beginning of one, and keeps it from
// being removed. state is the directory of mydocker's state. Where there is none of that
// name, the error is a *NotFoundError.
func Open(state, name string) (*Image, error) {
	layout := LayoutIn(state)
	missing := layout.checkOwner()
	if missing != nil {
		return nil, missing
	}
	for range 100 {
		manifest, whole, err := layout.find(name)
		if err != nil {
			return nil, err
		}
		i := &Image{Name: whole, layout: layout}
		if i.lock, err = layout.lockRecord(manifest); err == nil {
			if err = i.read(manifest); err != nil {
				return nil, errors.Join(err, i.Close())
			}
			return i, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		// It was removed meanwhile, and the name may mean another one now.
		missing = layout.damaged(layout.Record(manifest), fmt.Errorf("%s leads there, and there is nothing", utils.Shortened(name)))
	}
	return nil, missing
}

// checkOwner refuses a store that others can write to: they would decide what the containers
// of the caller execute.
func (l Layout) checkOwner() error {
	var stat unix.Stat_t
	if err := unix.Lstat(string(l), &stat); err != nil {
		return nil // whatever is opened in it tells
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFLNK { // whose mode says nothing
		stat.Mode = unix.S_IFLNK
	}
	return utils.CheckOwn(string(l), &stat, 0o700)
}

// OpenManifest is Open for an image by its manifest. One that is not there is a *NotFoundError.
func OpenManifest(state string, manifest Digest) (*Image, error) {
	i := &Image{layout: LayoutIn(state)}
	err := i.layout.checkOwner()
	if err != nil {
		return nil, err
	}
	if i.lock, err = i.layout.lockRecord(manifest); errors.Is(err, fs.ErrNotExist) {
		return nil, &NotFoundError{manifest.Short()}
	}
	if err != nil {
		return nil, err
	}
	if err = i.read(manifest); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// lockRecord opens an image's record and holds a shared lock on it. The error is
// fs.ErrNotExist where it is removed, also where it was so while this waited for the lock.
func (l Layout) lockRecord(manifest Digest) (fd int, err error) {
	name := l.Record(manifest)
	fd, err = utils.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	err = utils.Flock(fd, unix.LOCK_SH)
	var stat unix.Stat_t
	if err == nil {
		err = unix.Fstat(fd, &stat)
	}
	if err == nil && stat.Nlink == 0 {
		err = unix.ENOENT
	}
	if err != nil {
		return -1, errors.Join(&fs.PathError{Op: "lock", Path: name, Err: err}, unix.Close(fd))
	}
	return fd, nil
}

func (i *Image) read(manifest Digest) error {
	content, err := utils.ReadOpen(i.lock, maxRecord)
	if err == nil {
		err = i.parse(content, manifest)
	}
	if err != nil {
		return i.layout.damaged(i.layout.Record(manifest), err)
	}
	return nil
}

// Close gives it up.
func (i *Image) Close() error {
	if i == nil {
		return nil
	}
	return unix.Close(i.lock)
}

// NotUnpackedError says that a layer is not there for a variant. It is fs.ErrNotExist, too.
type NotUnpackedError struct{ Layer Digest }

func (e *NotUnpackedError) Error() string {
	return "the layer " + e.Layer.Short() + " is not unpacked for this user namespace"
}

// Is implements errors.Is.
func (e *NotUnpackedError) Is(target error) bool { return target == fs.ErrNotExist }

// Lowers are the directories of its layers, unpacked for a variant, the uppermost first, as
// overlayfs wants them. Where one is not unpacked for that variant the error is fs.ErrNotExist.
// A layer that lies there twice is named once, for overlayfs takes none twice: all that the
// lower one says, the upper one says again.
func (i *Image) Lowers(v Variant) ([]string, error) {
	lowers := make([]string, 0, len(i.Layers))
	seen := make(map[Digest]bool, len(i.Layers))
	for n := len(i.Layers) - 1; n >= 0; n-- {
		key := i.Layers[n].Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		dir := i.layout.Layer(key, v)
		var stat unix.Stat_t
		err := unix.Lstat(dir, &stat)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, &NotUnpackedError{i.Layers[n].DiffID}
		case err != nil:
			return nil, &fs.PathError{Op: "stat", Path: dir, Err: err}
		case stat.Mode&unix.S_IFMT != unix.S_IFDIR:
			return nil, i.layout.damaged(dir, errors.New("it is no directory"))
		}
		lowers = append(lowers, dir)
	}
	return lowers, nil
}

// Layout is where the store's files are.
func (i *Image) Layout() Layout { return i.layout }

// find finds the manifest of an image by its name, or by its id or the beginning of one.
// whole is the name, "" for an id.
func (l Layout) find(name string) (manifest Digest, whole string, err error) {
	r, refused := ParseReference(name)
	if refused == nil {
		if manifest, err = l.named(r); !errors.Is(err, fs.ErrNotExist) {
			return manifest, r.String(), err
		}
	}
	if id, is := idOf(name); is {
		if manifest, err = l.withID(id); !errors.Is(err, fs.ErrNotExist) {
			return manifest, "", err
		}
		if len(id) == hexLength {
			return "", "", &NotFoundError{name}
		}
	}
	if refused != nil {
		return "", "", refused
	}
	return "", "", &NotFoundError{r.Familiar()}
}

// HasName reports whether an image in the store below a directory of state has a name.
func HasName(state, name string) bool {
	r, err := ParseReference(name)
	if err != nil {
		return false
	}
	_, err = LayoutIn(state).named(r)
	return err == nil
}

// named is the manifest that a name has. As in Docker, the tag says nothing beside a digest.
func (l Layout) named(r Reference) (Digest, error) {
	if r.Digest != "" {
		return l.digested(r)
	}
	record, err := l.ReadName(NameFile(r))
	if err == nil && record.Name != r.String() {
		err = l.damaged(l.Name(r), fmt.Errorf("it is about %q", utils.Shortened(record.Name)))
	}
	return record.Manifest, err
}

// digested finds the image of a repository that has a digest, or whose index has it.
func (l Layout) digested(r Reference) (Digest, error) {
	files, err := l.NameFiles()
	if err != nil {
		return "", err
	}
	repository := Reference{Domain: r.Domain, Path: r.Path}
	own := NameFile(repository)
	for _, file := range files {
		if !strings.HasPrefix(file, longPrefix) && !strings.HasPrefix(file, own+":") && !strings.HasPrefix(file, own+"@") {
			continue
		}
		name, err := l.ReadName(file)
		if err != nil {
			return "", err
		}
		if other, err := ParseReference(name.Name); err != nil || other.Name() != r.Name() {
			continue
		} else if other.Digest == r.Digest || name.Manifest == r.Digest {
			return name.Manifest, nil
		}
		record, err := l.ReadRecord(name.Manifest)
		if err == nil && record.Index == r.Digest {
			return name.Manifest, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", fs.ErrNotExist
}

// minID is how much of an id has to be said: short words are names.
const minID = 3

// idOf reports whether a text is an id, or the beginning of one.
func idOf(text string) (digits string, is bool) {
	digits = strings.TrimPrefix(text, algorithm+":")
	return digits, isHex(digits) && len(digits) >= minID && len(digits) <= hexLength
}

// withID finds an image by its id, which two manifests may have.
func (l Layout) withID(id string) (found Digest, err error) {
	manifests, err := l.Manifests()
	if err != nil {
		return "", err
	}
	var has Digest
	for _, manifest := range manifests {
		record, err := l.ReadRecord(manifest)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it was removed meanwhile
		case err != nil:
			return "", err
		case !strings.HasPrefix(record.ID().Hex(), id):
		case found != "" && has != record.ID():
			return "", fmt.Errorf("%s is not the id of one image alone: say more of it", id)
		case found == "":
			found, has = manifest, record.ID()
		}
	}
	if found == "" {
		return "", fs.ErrNotExist
	}
	return found, nil
}
