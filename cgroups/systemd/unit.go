// Package systemd has systemd make the cgroup of a container: a transient scope, whose limits
// systemd knows (org.freedesktop.systemd1(5)). It talks D-Bus, which only the full program links.
package systemd

import (
	"errors"
	"fmt"
	"strings"
)

// Unit is the scope that is to be made for a container.
type Unit struct {
	// Name is that of the unit, with ".scope"; Slice is whose child it is.
	Name, Slice string
	// ID is the container's, for the description.
	ID string
	// properties are those that annotations ask for.
	properties []property
}

const (
	scopeSuffix = ".scope"
	sliceSuffix = ".slice"
	// longestName is systemd's limit (UNIT_NAME_MAX, systemd.unit(5)).
	longestName = 255
)

// Parse reads a container's cgroupsPath, "SLICE:PREFIX:NAME", and those of its annotations that
// are about the unit. Empty parts have their defaults, and so has an empty path.
func Parse(path, id string, annotations map[string]string) (*Unit, error) {
	if path == "" {
		path = ":mydocker-oci:" + id
	}
	parts := strings.Split(path, ":")
	if len(parts) != 3 {
		return nil, fmt.Errorf(`linux.cgroupsPath %q: with systemd it has to be of the form "slice:prefix:name"`, path)
	}
	slice, err := checkSlice(parts[0])
	if err != nil {
		return nil, fmt.Errorf("linux.cgroupsPath %q: %w", path, err)
	}
	name, err := scopeName(parts[1], parts[2])
	if err != nil {
		return nil, fmt.Errorf("linux.cgroupsPath %q: %w", path, err)
	}
	properties, err := annotated(annotations)
	if err != nil {
		return nil, err
	}
	return &Unit{Name: name, Slice: slice, ID: id, properties: properties}, nil
}

// checkSlice returns the slice's name: "a-b.slice" is below "a.slice", whose name its own begins
// with, so systemd needs no path.
func checkSlice(slice string) (string, error) {
	switch slice {
	case "":
		if !findCaller().isRoot {
			return "user" + sliceSuffix, nil
		}
		return "system" + sliceSuffix, nil
	case "-", "-" + sliceSuffix:
		return "-" + sliceSuffix, nil
	}
	name, is := strings.CutSuffix(slice, sliceSuffix)
	if !is {
		return "", fmt.Errorf("the slice %q does not end with %q", slice, sliceSuffix)
	}
	for part := range strings.SplitSeq(name, "-") {
		if part == "" {
			return "", fmt.Errorf("the slice %q has nothing before or behind a dash", slice)
		}
	}
	return slice, checkName(slice)
}

func scopeName(prefix, name string) (string, error) {
	switch {
	case name == "":
		return "", errors.New("it has no name")
	case strings.HasSuffix(name, sliceSuffix):
		return "", fmt.Errorf("%s would be a slice: a container can only be a scope", name)
	case prefix != "":
		name = prefix + "-" + name
	}
	name = escape(name) + scopeSuffix
	return name, checkName(name)
}

// escape writes what a container's id may have and a unit's name may not as systemd-escape(1)
// does.
func escape(name string) string {
	return strings.ReplaceAll(name, "+", `\x2b`)
}

func checkName(name string) error {
	if len(name) > longestName {
		return fmt.Errorf("the unit's name %q is longer than %d bytes", name, longestName)
	}
	for _, c := range []byte(name) {
		letter, digit := 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9'
		if !letter && !digit && !strings.ContainsRune(`:-_.\@`, rune(c)) {
			return fmt.Errorf("the unit's name %q has %q, which no name may have", name, c)
		}
	}
	return nil
}
