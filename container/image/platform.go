package image

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// Platform is what an image was made for, in the words of Go (image-spec, image-index.md).
type Platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant,omitempty"`
}

// HostPlatform is the one of this machine.
func HostPlatform() Platform {
	return Platform{OS: runtime.GOOS, Architecture: runtime.GOARCH}.Normal()
}

// ParsePlatform reads the value of --platform: OS/ARCHITECTURE, with /VARIANT behind it, or
// only one of the first two.
func ParsePlatform(text string) (Platform, error) {
	words := strings.Split(strings.ToLower(text), "/")
	platform := HostPlatform()
	wrong := func(word string) bool { return word == "" || !only(word, lower+"._-") || !only(word[:1], lower) }
	switch {
	case slices.ContainsFunc(words, wrong) || len(words) > 3:
		return platform, fmt.Errorf("platform %q is not of the form OS/ARCHITECTURE, as linux/arm64", utils.Shortened(text))
	case len(words) == 1 && (words[0] == "linux" || words[0] == "windows" || words[0] == "darwin" || words[0] == "freebsd"):
		platform.OS = words[0]
	case len(words) == 1:
		platform.Architecture, platform.Variant = words[0], ""
	default:
		platform = Platform{OS: words[0], Architecture: words[1]}
		if len(words) == 3 {
			platform.Variant = words[2]
		}
	}
	return platform.Normal(), nil
}

// String is the platform in one word.
func (p Platform) String() string {
	name := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		name += "/" + p.Variant
	}
	return name
}

// Normal is the platform in one of the ways in which it can be written.
func (p Platform) Normal() Platform {
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
func (p Platform) Fits(on Platform) (worse int, fits bool) {
	made, on := p.Normal(), on.Normal()
	if made.OS != on.OS || made.Architecture != on.Architecture {
		return 0, false
	}
	has, can := made.level(), on.level()
	if has < 0 || can < 0 {
		return 0, made.Variant == on.Variant
	}
	return can - has, has <= can
}

// level is the variant as a number: what runs on one runs on the greater ones, too.
func (p Platform) level() int {
	switch {
	case p.Variant == "" && p.Architecture == "arm64":
		return 8 * 10
	case p.Variant == "":
		return 1 * 10
	}
	major, minor, _ := strings.Cut(strings.TrimPrefix(p.Variant, "v"), ".")
	if len(major) != 1 || len(minor) > 1 || !only(major+minor, digits) {
		return -1
	}
	number := int(major[0]-'0') * 10
	if minor != "" {
		number += int(minor[0] - '0')
	}
	return number
}
