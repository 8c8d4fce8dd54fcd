package systemd

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
)

// property is one of a unit, as D-Bus has it.
type property struct {
	Name  string
	Value dbus.Variant
}

const annotationPrefix = "org.systemd.property."

// ours are the properties without which a container's scope is none.
func ours() []string { return []string{"Controller", "Delegate", "PIDs", "Slice"} }

// annotated are the properties that annotations ask for, "org.systemd.property.NAME" with a value
// in the text format of GVariant.
func annotated(annotations map[string]string) (properties []property, err error) {
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		name, is := strings.CutPrefix(key, annotationPrefix)
		if !is {
			continue
		}
		if !isPropertyName(name) {
			return nil, fmt.Errorf("annotation %s: %q is no name of a property", key, name)
		}
		if slices.Contains(ours(), name) {
			return nil, fmt.Errorf("annotation %s: mydocker sets this property itself", key)
		}
		p, err := parseProperty(name, annotations[key])
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", key, err)
		}
		properties = append(properties, p)
	}
	return properties, nil
}

// isPropertyName reports whether name is a capital letter and letters behind it.
func isPropertyName(name string) bool {
	for i := range len(name) {
		capital, small := 'A' <= name[i] && name[i] <= 'Z', 'a' <= name[i] && name[i] <= 'z'
		if !capital && (i == 0 || !small) {
			return false
		}
	}
	return name != ""
}

// parseProperty reads the value as what is in a variant, so that nothing may follow.
func parseProperty(name, text string) (property, error) {
	boxed, err := dbus.ParseVariant("<"+text+">", dbus.Signature{})
	if err != nil {
		return property{}, fmt.Errorf("%q is no value in GVariant's text format, such as 'text', true or uint64 5: %w", text, err)
	}
	value, is := boxed.Value().(dbus.Variant)
	if !is {
		return property{}, fmt.Errorf("%q is no value in GVariant's text format", text)
	}
	return inMicroseconds(property{name, value})
}

// inMicroseconds turns the names of unit files, which count seconds ("TimeoutStopSec"), into those
// of D-Bus ("TimeoutStopUSec").
func inMicroseconds(p property) (property, error) {
	stem, is := strings.CutSuffix(p.Name, "Sec")
	if !is || strings.HasSuffix(stem, "U") {
		return p, nil
	}
	seconds, err := number(p.Value.Value())
	if err != nil {
		return property{}, err
	}
	if !(seconds >= 0 && seconds*1e6 < math.MaxUint64) {
		return property{}, fmt.Errorf("%v is no number of seconds", p.Value.Value())
	}
	return property{stem + "USec", dbus.MakeVariant(uint64(seconds * 1e6))}, nil
}

func number(value any) (float64, error) {
	switch n := value.(type) {
	case byte:
		return float64(n), nil
	case int16:
		return float64(n), nil
	case uint16:
		return float64(n), nil
	case int32:
		return float64(n), nil
	case uint32:
		return float64(n), nil
	case int64:
		return float64(n), nil
	case uint64:
		return float64(n), nil
	case float64:
		return n, nil
	}
	return 0, fmt.Errorf("%v is no number", value)
}
