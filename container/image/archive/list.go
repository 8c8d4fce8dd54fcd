package archive

import (
	"fmt"
	"slices"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// list collects the images of an archive.
type list struct {
	want image.Platform
	// named says that somebody has named the platform.
	named bool
	all   []*Image
	keys  map[image.Digest]*Image
	bytes int // of all documents, which stay in memory
}

// maxDocumentBytes bounds the documents of all images of an archive: a small archive that is
// compressed can have many large ones.
const maxDocumentBytes = 256 << 20

func newList(platform *image.Platform) *list {
	l := &list{want: image.HostPlatform(), keys: map[image.Digest]*Image{}}
	if platform != nil {
		l.want, l.named = *platform, true
	}
	return l
}

// add adds an image with the names that the archive gives it. One that is there already gets
// more names.
func (l *list) add(found *Image, names []string) error {
	if known := l.keys[found.key]; known != nil {
		found = known
	} else {
		l.keys[found.key] = found
		l.all = append(l.all, found)
		if l.bytes += len(found.Manifest) + len(found.Config) + len(found.IndexDocument); l.bytes > maxDocumentBytes {
			return fmt.Errorf("the manifests and configurations in the archive have more than %d bytes", maxDocumentBytes)
		}
	}
	for _, name := range names {
		reference, err := image.ParseReference(name)
		if err != nil {
			return fmt.Errorf("the archive names an image %q: %w", name, err)
		}
		if reference.Tag != "" && !slices.Contains(found.Names, reference) {
			found.Names = append(found.Names, reference)
		}
	}
	return nil
}

// images are those for the platform, in the archive's order. One for another platform counts
// where nobody has named a platform, and no image for this machine has one of its names. A
// name that two have is refused.
func (l *list) images() ([]*Image, error) {
	fitting := map[image.Reference]bool{}
	for _, found := range l.all {
		for _, name := range found.Names {
			fitting[name] = fitting[name] || l.fits(found)
		}
	}
	chosen := slices.DeleteFunc(slices.Clone(l.all), func(found *Image) bool {
		return !l.fits(found) && (l.named ||
			slices.ContainsFunc(found.Names, func(name image.Reference) bool { return fitting[name] }))
	})
	if len(chosen) == 0 {
		return nil, l.missing()
	}
	seen := map[image.Reference]bool{}
	for _, found := range chosen {
		for _, name := range found.Names {
			if seen[name] {
				return nil, fmt.Errorf("the archive gives the name %s to two images", name.Familiar())
			}
			seen[name] = true
		}
	}
	return chosen, nil
}

func (l *list) fits(found *Image) bool {
	_, fits := found.platform.Fits(l.want)
	return fits
}

func (l *list) missing() error {
	failed := &manifest.PlatformError{Want: l.want}
	for _, found := range l.all {
		if name := found.platform.String(); !slices.Contains(failed.Has, name) {
			failed.Has = append(failed.Has, name)
		}
	}
	return failed
}
