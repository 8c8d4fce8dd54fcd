package manifest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// PlatformError says that an image was not made for a platform.
type PlatformError struct {
	Want image.Platform
	Has  []string
}

func (e *PlatformError) Error() string {
	if len(e.Has) == 0 {
		return fmt.Sprintf("it is not there for %s, nor for any other platform", e.Want)
	}
	return fmt.Sprintf("it is not there for %s, but for %s (--platform chooses)", e.Want, strings.Join(e.Has, ", "))
}

// CheckPlatform refuses an image that was made for another platform than the one that is wanted,
// nil for any.
func CheckPlatform(made image.Platform, want *image.Platform) error {
	if want == nil {
		return nil
	}
	if _, fits := made.Fits(*want); !fits {
		return &PlatformError{Want: *want, Has: []string{made.String()}}
	}
	return nil
}

// Choose chooses the manifest for a platform. Where no platform is named at all, a single
// manifest is taken.
func (x *Index) Choose(want image.Platform) (Entry, error) {
	best, least := -1, 0
	for n, entry := range x.Manifests {
		if entry.Platform == nil {
			continue
		}
		if worse, fits := entry.Platform.Fits(want); fits && (best < 0 || worse < least) {
			best, least = n, worse
		}
	}
	if best < 0 && len(x.Manifests) == 1 && x.Manifests[0].Platform == nil {
		best = 0
	}
	if best < 0 {
		return Entry{}, &PlatformError{Want: want, Has: x.platforms()}
	}
	return x.Manifests[best], nil
}

// platforms are those that can be chosen. "unknown" is what attestations have, which are no
// images.
func (x *Index) platforms() []string {
	var names []string
	for _, entry := range x.Manifests {
		if entry.Platform == nil || entry.Platform.OS == "unknown" || entry.Platform.OS == "" {
			continue
		}
		if name := entry.Platform.Normal().String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const most = 20 // an error is one line
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return names
}
