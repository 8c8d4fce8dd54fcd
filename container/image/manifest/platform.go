package manifest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// Host is the platform of this machine.
func Host() image.Platform {
	return normal(image.Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH})
}

// ParsePlatform reads the value of --platform: OS/ARCHITECTURE, with /VARIANT behind it, or
// only one of the first two.
func ParsePlatform(text string) (image.Platform, error) {
	words := strings.Split(strings.ToLower(text), "/")
	platform := Host()
	switch {
	case slices.Contains(words, "") || len(words) > 3:
		return platform, fmt.Errorf("platform %q is not of the form OS/ARCHITECTURE, as linux/arm64", text)
	case len(words) == 1 && (words[0] == "linux" || words[0] == "windows" || words[0] == "darwin" || words[0] == "freebsd"):
		platform.OS = words[0]
	case len(words) == 1:
		platform.Architecture, platform.Variant = words[0], ""
	default:
		platform = image.Platform{OS: words[0], Architecture: words[1]}
		if len(words) == 3 {
			platform.Variant = words[2]
		}
	}
	return normal(platform), nil
}

// Name is the platform in one word.
func Name(p image.Platform) string {
	name := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		name += "/" + p.Variant
	}
	return name
}

// normal is the platform in one of the ways in which it can be written.
func normal(p image.Platform) image.Platform {
	switch p.Architecture {
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "aarch64":
		p.Architecture = "arm64"
	case "i386", "i686", "x86":
		p.Architecture = "386"
	case "armhf":
		p.Architecture, p.Variant = "arm", "v7"
	case "armel":
		p.Architecture, p.Variant = "arm", "v6"
	}
	switch variant := strings.TrimPrefix(p.Variant, "v"); {
	case p.Architecture == "arm" && variant == "":
		p.Variant = "v7"
	case p.Architecture == "arm64" && variant == "8", p.Architecture == "amd64" && variant == "1":
		p.Variant = "" // what every one of them has
	case p.Architecture == "arm" || p.Architecture == "arm64" || p.Architecture == "amd64":
		if variant != "" {
			p.Variant = "v" + variant
		}
	}
	return p
}

// Fits reports whether an image for one platform runs on another, and how much worse it is
// than one that was made for it: 0 is the best.
func Fits(made, on image.Platform) (worse int, fits bool) {
	made, on = normal(made), normal(on)
	if made.OS != on.OS || made.Architecture != on.Architecture {
		return 0, false
	}
	has, can := level(made), level(on)
	if has < 0 || can < 0 {
		return 0, made.Variant == on.Variant
	}
	return can - has, has <= can
}

// level is the variant as a number: what runs on one runs on the greater ones, too.
func level(p image.Platform) int {
	switch {
	case p.Variant == "" && p.Architecture == "arm64":
		return 8 * 10
	case p.Variant == "":
		return 1 * 10
	}
	major, minor, _ := strings.Cut(strings.TrimPrefix(p.Variant, "v"), ".")
	if len(major) != 1 || len(minor) > 1 || strings.Trim(major+minor, "0123456789") != "" {
		return -1
	}
	number := int(major[0]-'0') * 10
	if minor != "" {
		number += int(minor[0] - '0')
	}
	return number
}

// PlatformError says that an image was not made for a platform.
type PlatformError struct {
	Want image.Platform
	Has  []string
}

func (e *PlatformError) Error() string {
	if len(e.Has) == 0 {
		return fmt.Sprintf("it is not there for %s, nor for any other platform", Name(e.Want))
	}
	return fmt.Sprintf("it is not there for %s, but for %s (--platform chooses)", Name(e.Want), strings.Join(e.Has, ", "))
}

// Choose chooses the manifest for a platform. Where no platform is named at all, a single
// manifest is taken.
func (x *Index) Choose(want image.Platform) (Entry, error) {
	best, least := -1, 0
	for n, entry := range x.Manifests {
		if entry.Platform == nil {
			continue
		}
		if worse, fits := Fits(*entry.Platform, want); fits && (best < 0 || worse < least) {
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
		if name := Name(normal(*entry.Platform)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	const most = 20 // an error is one line
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return names
}
